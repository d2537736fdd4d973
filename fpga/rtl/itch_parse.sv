// tp_itch_parse: MoldUDP64 packets of ITCH 5.0 to the order messages of one stock.
//
// In: one UDP payload a packet, 64 bits a beat, first byte in tdata[7:0], tkeep all ones but in the
// last beat. Out: m_order, one word for every message of the stock that changes a book:
//   [2:0] op, [6:3] reason of a loss, [7] side (1 sell), [39:8] lots, [71:40] price in 10^-4 dollar,
//   [135:72] order reference, [199:136] new reference (replace).
// Everything is big endian on the wire; layouts as in "Nasdaq TotalView-ITCH 5.0", "MoldUDP64 1.00".
//
// Sequence: below the expected one a message is a duplicate and skipped; above it there is a gap.
// A gap, another session, a malformed packet and a malformed message of the stock lose the feed: one
// word with OP_LOST follows what was good before it, then nothing until `init`. Messages are given
// before the end of their packet is seen. A packet without a whole, valid header loses nothing by
// itself: the next packet shows the gap.
// After `init` the first packet gives the session; it begins at 1, or where it is with cfg_join.
// init in mid-packet drops the rest of that packet.
//
// Latency: 4 clocks from the last beat of a message to m_order_tvalid. Rate: one beat a clock; a
// message has at least 12 bytes, shorter ones are malformed. Never overflows: tready falls while
// fewer than 8 words fit the queue behind. Reset: nothing is given until `init`; both ends of the
// stream restart with a new packet.
`default_nettype none
module tp_itch_parse #(
    parameter integer QUEUE_W = 5         // log2 of the words that wait for the book, at least 4
) (
    input  wire         aclk,
    input  wire         aresetn,
    input  wire [63:0]  s_pkt_tdata,
    input  wire [7:0]   s_pkt_tkeep,
    input  wire         s_pkt_tlast,
    input  wire         s_pkt_tvalid,
    output wire         s_pkt_tready,
    output wire [199:0] m_order_tdata,
    output wire         m_order_tvalid,
    input  wire         m_order_tready,
    input  wire [15:0]  cfg_locate,       // settings: stable but at `init`
    input  wire         cfg_join,
    input  wire         init,             // forget the session, begin anew
    input  wire         hold,             // take no beats
    output reg          feed_ok,          // initialised and not lost
    output reg          ended,            // the venue ended the session
    output reg  [40:0]  next_sequence,
    output reg  [31:0]  n_packets,
    output reg  [31:0]  n_orders,         // words given, without losses
    output reg  [31:0]  n_skipped,        // new messages of other stocks, or not about orders
    output reg  [31:0]  n_duplicates,     // messages
    output reg  [31:0]  n_gaps,
    output reg  [31:0]  n_controls,       // heartbeats and ends of session
    output reg  [31:0]  n_malformed,      // packets; and messages of the stock
    output reg  [31:0]  n_unknown,        // messages of a type that ITCH 5.0 does not have
    output reg  [31:0]  n_foreign         // packets of another session
);
    localparam [2:0] OP_ADD = 0, OP_REDUCE = 1, OP_DELETE = 2, OP_REPLACE = 3, OP_LOST = 7;
    localparam [3:0] LOST_GAP = 1, LOST_PACKET = 2, LOST_SESSION = 3, LOST_MESSAGE = 4;
    localparam [16:0] HEADER = 17'd21;    // bytes of a packet's header, plus 1
    localparam [15:0] LENGTH_MIN = 16'd12;

    // ------------------------------------------------------------------ 0: the beat, and where the
    // next message would end if a message began at each of its bytes
    wire take = s_pkt_tvalid && s_pkt_tready;
    reg         b_valid, b_last, b_bad;
    reg [63:0]  b_data, p_data;           // this beat, the one before
    reg [3:0]   b_bytes;
    reg [16:0]  b_left [0:7];             // index k: the length's second byte is byte k
    reg [7:0]   b_short;
    wire [71:0] lengths = {s_pkt_tdata, b_data[63:56]};

    always @(posedge aclk) begin
        if (take) begin
            b_data <= s_pkt_tdata;
            p_data <= b_data;
            b_last <= s_pkt_tlast;
            b_bad <= 1'b0;
            case (s_pkt_tkeep)
                8'hff: b_bytes <= 4'd8;
                8'h7f: b_bytes <= 4'd7;
                8'h3f: b_bytes <= 4'd6;
                8'h1f: b_bytes <= 4'd5;
                8'h0f: b_bytes <= 4'd4;
                8'h07: b_bytes <= 4'd3;
                8'h03: b_bytes <= 4'd2;
                8'h01: b_bytes <= 4'd1;
                default: begin b_bytes <= 4'd0; b_bad <= 1'b1; end
            endcase
            if (!s_pkt_tlast && s_pkt_tkeep != 8'hff) b_bad <= 1'b1;
            for (int k = 0; k < 8; k = k + 1) begin
                b_left[k] <= {1'b0, lengths[8*k +: 8], lengths[8*k+8 +: 8]} + 17'(k) - 17'd6;
                b_short[k] <= {lengths[8*k +: 8], lengths[8*k+8 +: 8]} < LENGTH_MIN;
            end
        end
        b_valid <= aresetn && take;
    end

    // ------------------------------------------------------------------ 1: where messages end
    // `left`: bytes from the begin of this beat to the end of the block in progress, plus 1. The
    // header is the first block. 0 and 1: the block ended before this beat, the next one begins in
    // the last byte of the beat before, or with this one.
    reg         in_packet, in_header, drop;
    reg [16:0]  left;
    reg [15:0]  todo;                     // messages that have not ended
    reg [2:0]   start, age;               // of the block: first byte in its beat; beats since then
    wire        ends = left >= 17'd2 && left <= 17'd9;
    wire        begins = left <= 17'd7;
    wire [15:0] count = {b_data[23:16], b_data[31:24]};
    wire        control = count == 16'h0000 || count == 16'hffff;
    wire [15:0] todo_next = in_header ? (control ? 16'd0 : count) : todo - 16'(ends);
    wire        done = ends || left <= 17'd1;
    wire        exact = ends && todo_next == 16'd0 && 17'(b_bytes) + 17'd1 == left;
    wire        over = done && todo_next == 16'd0;
    wire        malformed = b_bad || (b_last ? !exact : over || (begins && b_short[left[2:0]]));
    wire        live = b_valid && !drop;
    wire        header_done = live && in_header && ends && !malformed;
    wire        message_done = live && !in_header && ends && !malformed;
    wire        spill = begins && left[2:0] == 3'd0;   // it began in the beat before
    wire [2:0]  age_now = spill ? 3'd1 : age;

    always @(posedge aclk) begin
        if (!aresetn) begin
            in_packet <= 1'b0;
            in_header <= 1'b1;
            drop <= 1'b0;
            left <= HEADER;
        end else begin
            if (b_valid) begin
                in_packet <= !b_last;
                if (b_last) begin
                    in_header <= 1'b1;
                    drop <= 1'b0;
                    left <= HEADER;
                end else begin
                    if (malformed) drop <= 1'b1;
                    if (ends) in_header <= 1'b0;
                    left <= begins ? b_left[left[2:0]] : left - 17'd8;
                end
            end
            if (init) drop <= b_valid ? !b_last : in_packet;
        end
        if (b_valid) begin
            todo <= todo_next;
            if (begins) start <= left[2:0] - 3'd1;
            if (begins && !spill) age <= 3'd1;
            else if (age_now != 3'd6) age <= age_now + 3'd1;
        end
    end

    reg [383:0] block;                    // the first six beats of the message in progress
    always @(posedge aclk) if (b_valid) begin
        for (int k = 1; k < 6; k = k + 1)
            if (age_now == 3'(k)) block[64*k +: 64] <= b_data;
        if (age_now == 3'd1) block[63:0] <= p_data;
    end

    // ------------------------------------------------------------------ header: three clocks
    reg [79:0]  h_session, session;
    reg [63:0]  h_sequence;
    reg [15:0]  h_count;
    reg         h_valid, g_valid, joined;
    reg         g_same, g_first, g_range, g_control, g_end;
    reg [40:0]  g_begin, g_after;
    reg signed [41:0] g_ahead;            // messages of the packet that are known already
    reg         packet_new, lost_gap, lost_session;
    reg [16:0]  skip;
    wire [40:0] expected = joined ? next_sequence : cfg_join ? h_sequence[40:0] : 41'd1;

    always @(posedge aclk) begin
        if (b_valid && in_header) begin
            if (left == HEADER) h_session[63:0] <= b_data;
            if (left == HEADER - 17'd8) begin
                h_session[79:64] <= b_data[15:0];
                h_sequence[63:16] <= {b_data[23:16], b_data[31:24], b_data[39:32],
                                      b_data[47:40], b_data[55:48], b_data[63:56]};
            end
            if (left == HEADER - 17'd16) begin
                h_sequence[15:0] <= {b_data[7:0], b_data[15:8]};
                h_count <= count;
            end
        end
        g_same <= h_session == session;
        g_range <= h_sequence[63:40] != 24'd0 || h_sequence[39:0] == 40'd0;
        g_control <= h_count == 16'd0 || h_count == 16'hffff;
        g_end <= h_count == 16'hffff;
        g_begin <= expected;
        g_ahead <= $signed({1'b0, expected}) - $signed({1'b0, h_sequence[40:0]});
        g_after <= h_sequence[40:0] + (h_count == 16'hffff ? 41'd0 : {25'd0, h_count});
        if (g_valid && !joined && !g_range) session <= h_session;
        if (g_valid) begin
            packet_new <= !g_range && (g_same || g_first);
            skip <= g_ahead[41] ? 17'd0 : g_ahead > 42'sd65535 ? 17'd65536 : g_ahead[16:0];
        end
        if (!aresetn || init) begin
            h_valid <= 1'b0;
            g_valid <= 1'b0;
            joined <= 1'b0;
            ended <= 1'b0;
            lost_gap <= 1'b0;
            lost_session <= 1'b0;
            next_sequence <= 41'd1;
        end else begin
            h_valid <= header_done;
            g_valid <= h_valid;
            g_first <= !joined;
            lost_gap <= 1'b0;
            lost_session <= 1'b0;
            if (g_valid && !g_range) begin
                joined <= 1'b1;
                if (g_same || g_first) begin
                    lost_gap <= g_ahead[41];
                    next_sequence <= (g_after > g_begin) ? g_after : g_begin;
                    if (g_end && !g_ahead[41]) ended <= 1'b1;
                end else lost_session <= 1'b1;
            end
        end
    end

    // ------------------------------------------------------------------ 2, 3, 4: a message's fields
    reg         c_valid, f_valid, f_new, d_valid;
    reg [16:0]  c_index, index;
    reg [2:0]   c_start;
    reg [7:0]   f_kind;
    reg [15:0]  f_locate, f_length;
    reg [199:0] f_body;                   // from the order reference on
    reg [199:0] d_word;
    wire [383:0] aligned = block >> {c_start, 3'b000};

    // n bytes of the body from byte `at`, the first one highest
    function automatic [31:0] be32(input [199:0] body, input integer at);
        be32 = {body[8*at +: 8], body[8*at+8 +: 8], body[8*at+16 +: 8], body[8*at+24 +: 8]};
    endfunction

    function automatic [15:0] length_of(input [7:0] kind);   // 0: not about orders
        case (kind)
            "A": length_of = 16'd36;
            "F": length_of = 16'd40;
            "E": length_of = 16'd31;
            "C": length_of = 16'd36;
            "X": length_of = 16'd23;
            "D": length_of = 16'd19;
            "U": length_of = 16'd35;
            default: length_of = 16'd0;
        endcase
    endfunction

    function automatic is_other(input [7:0] kind);           // a type that is not about orders
        case (kind)
            "S", "R", "H", "Y", "L", "V", "W", "K", "J", "h", "P", "Q", "B", "I", "N", "O":
                is_other = 1'b1;
            default: is_other = 1'b0;
        endcase
    endfunction

    wire        is_add = f_kind == "A" || f_kind == "F";
    wire        is_replace = f_kind == "U";
    wire        about_orders = length_of(f_kind) != 16'd0;
    wire        ours = f_valid && f_new && about_orders && f_locate == cfg_locate;
    wire [7:0]  f_side = f_body[71:64];
    wire [7:0]  f_printable = f_body[167:160];
    wire        unusable = f_length < length_of(f_kind)
                           || (is_add && f_side != "B" && f_side != "S")
                           || (f_kind == "C" && f_printable != "Y" && f_printable != "N");
    wire [2:0]  f_op = unusable ? OP_LOST : is_add ? OP_ADD : is_replace ? OP_REPLACE
                       : f_kind == "D" ? OP_DELETE : OP_REDUCE;

    reg [3:0]   bad_packet;               // a malformed packet, behind its last message
    wire        used_packet = bad_packet[2] && packet_new;
    wire        lost_now = lost_gap || lost_session || bad_packet[3];
    wire [3:0]  lost_why = lost_gap ? LOST_GAP : lost_session ? LOST_SESSION : LOST_PACKET;

    always @(posedge aclk) begin
        c_start <= start;
        c_index <= index;
        if (header_done) index <= 17'd0;
        else if (message_done) index <= index + 17'd1;
        f_length <= {aligned[7:0], aligned[15:8]};
        f_kind <= aligned[23:16];
        f_locate <= {aligned[31:24], aligned[39:32]};
        f_body <= aligned[303:104];
        f_new <= packet_new && c_index >= skip;
        d_word[2:0] <= lost_now ? OP_LOST : f_op;
        d_word[6:3] <= lost_now ? lost_why : unusable ? LOST_MESSAGE : 4'd0;
        d_word[7] <= f_side == "S";
        d_word[39:8] <= be32(f_body, is_add ? 9 : is_replace ? 16 : 8);
        d_word[71:40] <= be32(f_body, is_add ? 21 : 20);
        d_word[135:72] <= {be32(f_body, 0), be32(f_body, 4)};
        d_word[199:136] <= {be32(f_body, 8), be32(f_body, 12)};
        if (!aresetn || init) begin
            c_valid <= 1'b0;
            f_valid <= 1'b0;
            d_valid <= 1'b0;
            bad_packet <= 4'd0;
            feed_ok <= aresetn;
        end else begin
            c_valid <= message_done;
            f_valid <= c_valid;
            bad_packet <= {used_packet, bad_packet[1:0], live && malformed && !in_header};
            d_valid <= feed_ok && (lost_now || ours);
            if (lost_now || (ours && unusable)) feed_ok <= 1'b0;
        end
    end

    // ------------------------------------------------------------------ the queue to the book
    localparam integer QUEUE = 1 << QUEUE_W;
    reg [199:0] queue [0:QUEUE-1];
    reg [QUEUE_W-1:0] q_in, q_out;
    reg [QUEUE_W:0] q_count;
    reg         room;
    wire        give = m_order_tvalid && m_order_tready;
    assign m_order_tdata = queue[q_out];
    assign m_order_tvalid = q_count != 0;
    assign s_pkt_tready = room && !hold && !init && aresetn;

    always @(posedge aclk) begin
        if (d_valid) queue[q_in] <= d_word;
        if (!aresetn || init) begin
            q_in <= 0;
            q_out <= 0;
            q_count <= 0;
            room <= 1'b0;
        end else begin
            q_in <= q_in + QUEUE_W'(d_valid);
            q_out <= q_out + QUEUE_W'(give);
            q_count <= q_count + (QUEUE_W+1)'(d_valid) - (QUEUE_W+1)'(give);
            room <= q_count <= (QUEUE_W+1)'(QUEUE - 8);
        end
    end

    // ------------------------------------------------------------------ counters, modulo 2^32
    wire known = about_orders || is_other(f_kind);
    wire unused_header = (live && malformed && in_header) || (g_valid && g_range);
    always @(posedge aclk) begin
        if (!aresetn) begin
            n_packets <= 0;
            n_orders <= 0;
            n_skipped <= 0;
            n_duplicates <= 0;
            n_gaps <= 0;
            n_controls <= 0;
            n_malformed <= 0;
            n_unknown <= 0;
            n_foreign <= 0;
        end else begin
            n_packets <= n_packets + 32'(b_valid && b_last);
            n_orders <= n_orders + 32'(d_valid && d_word[2:0] != OP_LOST);
            n_skipped <= n_skipped + 32'(f_valid && f_new && known && !ours);
            n_duplicates <= n_duplicates + 32'(c_valid && packet_new && c_index < skip);
            n_gaps <= n_gaps + 32'(lost_gap);
            n_controls <= n_controls
                          + 32'(g_valid && !g_range && (g_same || g_first) && g_control);
            n_malformed <= n_malformed + 32'(used_packet || unused_header)
                           + 32'(ours && unusable);
            n_unknown <= n_unknown + 32'(f_valid && f_new && !known);
            n_foreign <= n_foreign + 32'(lost_session);
        end
    end
endmodule
`default_nettype wire
