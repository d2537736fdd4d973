// tp_itch_parse: MoldUDP64 packets of ITCH 5.0 to the order messages of one stock.
//
// In: one UDP payload a packet, 64 bits a beat, first byte in tdata[7:0], tkeep all ones but in the
// last beat. Out: m_order, one word for every message of the stock that changes a book:
//   [2:0] op, [6:3] reason of a loss, [7] side (1 sell), [39:8] lots, [71:40] price in 10^-4
// dollar,
//   [135:72] order reference, [199:136] new reference (replace).
// Everything is big endian on the wire; layouts as in "Nasdaq TotalView-ITCH 5.0", "MoldUDP64
// 1.00".
//
// Sequence: below the expected one a message is a duplicate and skipped; above it there is a gap.
// A gap, another session, a malformed packet and a malformed message of the stock lose the feed:
// one word with OP_LOST follows what was good before it, then nothing until `init`. Messages are
// given before the end of their packet is seen. A packet without a whole, valid header loses
// nothing by itself: the next packet shows the gap.
// After `init` the first packet gives the session; it begins at 1, or where it is with cfg_join.
// init in mid-packet drops the rest of that packet.
//
// Latency: 5 clocks from the last beat of a message to m_order_tvalid. Rate: one beat a clock; a
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
    reg [7:0]   b_short, b_ends, b_begins;
    reg         b_control, b_one;         // the header's count: none, or the end; one
    wire [15:0] count = {s_pkt_tdata[23:16], s_pkt_tdata[31:24]};
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
                b_ends[k] <= {lengths[8*k +: 8], lengths[8*k+8 +: 8]} <= 16'(15 - k);
                b_begins[k] <= {lengths[8*k +: 8], lengths[8*k+8 +: 8]} <= 16'(13 - k);
            end
            b_control <= count == 16'h0000 || count == 16'hffff;
            b_one <= count == 16'd1;
        end
        b_valid <= aresetn && take;
    end

    // ------------------------------------------------------------------ 1: where messages end
    // `left`: bytes from the begin of this beat to the end of the block in progress, plus 1. The
    // header is the first block. 0 and 1: the block ended before this beat, the next one begins in
    // the last byte of the beat before, or with this one.
    reg         in_packet, in_header, drop;
    reg [16:0]  left;
    reg         ends, begins;             // left is 2 to 9, at most 7
    reg [15:0]  todo;                     // messages that have not ended
    reg         todo_one;
    reg [2:0]   start, age;               // of the block: first byte in its beat; beats since then
    wire        final_one = in_header ? b_control : todo_one;
    wire        exact = ends && final_one && b_bytes + 4'd1 == left[3:0];
    wire        malformed = b_bad || (b_last ? !exact
                                      : (ends && final_one) || (begins && b_short[left[2:0]]));
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
            ends <= 1'b0;
            begins <= 1'b0;
        end else begin
            if (b_valid) begin
                in_packet <= !b_last;
                if (b_last) begin
                    in_header <= 1'b1;
                    drop <= 1'b0;
                    left <= HEADER;
                    ends <= 1'b0;
                    begins <= 1'b0;
                end else begin
                    if (malformed) drop <= 1'b1;
                    if (ends) in_header <= 1'b0;
                    left <= begins ? b_left[left[2:0]] : left - 17'd8;
                    ends <= begins ? b_ends[left[2:0]] : left >= 17'd10 && left <= 17'd17;
                    begins <= begins ? b_begins[left[2:0]] : left <= 17'd15;
                end
            end
            if (init) drop <= b_valid ? !b_last : in_packet;
        end
        if (b_valid) begin
            if (in_header) todo <= {b_data[23:16], b_data[31:24]};
            else if (ends) todo <= todo - 16'd1;
            if (in_header) todo_one <= b_one;
            else if (ends) todo_one <= todo == 16'd2;
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

    // ------------------------------------------------------------------ header: four clocks
    reg [79:0]  h_session, session;
    reg [63:0]  h_sequence;
    reg [15:0]  h_count;
    reg         h_valid, g_valid, joined;
    reg         g_same, g_first, g_range, g_control, g_end;
    reg [40:0]  g_begin, g_after;
    reg signed [41:0] g_ahead;            // messages of the packet that are known already
    reg         k_valid, k_later, k_take, k_foreign, k_gap, k_end, k_control;
    reg [40:0]  k_begin, k_after;
    reg [16:0]  k_skip, skip;
    reg         packet_new, lost_gap, lost_session;
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
                h_count <= {b_data[23:16], b_data[31:24]};
            end
        end
        g_same <= h_session == session;
        g_range <= h_sequence[63:40] != 24'd0 || h_sequence[39:0] == 40'd0;
        g_control <= h_count == 16'd0 || h_count == 16'hffff;
        g_end <= h_count == 16'hffff;
        g_begin <= expected;
        g_ahead <= $signed({1'b0, expected}) - $signed({1'b0, h_sequence[40:0]});
        g_after <= h_sequence[40:0] + (h_count == 16'hffff ? 41'd0 : {25'd0, h_count});
        k_later <= g_after > g_begin;
        k_begin <= g_begin;
        k_after <= g_after;
        k_take <= !g_range && (g_same || g_first);
        k_foreign <= !g_range && !g_same && !g_first;
        k_gap <= g_ahead[41];
        k_end <= g_end;
        k_control <= g_control;
        k_skip <= g_ahead[41] ? 17'd0 : g_ahead[40:16] != 25'd0 ? 17'd65536 : g_ahead[16:0];
        if (g_valid && g_first && !g_range) session <= h_session;
        if (k_valid) begin
            packet_new <= k_take;
            skip <= k_skip;
        end
        if (!aresetn || init) begin
            h_valid <= 1'b0;
            g_valid <= 1'b0;
            k_valid <= 1'b0;
            joined <= 1'b0;
            ended <= 1'b0;
            lost_gap <= 1'b0;
            lost_session <= 1'b0;
            next_sequence <= 41'd1;
        end else begin
            h_valid <= header_done;
            g_valid <= h_valid;
            k_valid <= g_valid;
            g_first <= !joined;
            if (g_valid && !g_range) joined <= 1'b1;
            lost_gap <= k_valid && k_take && k_gap;
            lost_session <= k_valid && k_foreign;
            if (k_valid && k_take) begin
                next_sequence <= k_later ? k_after : k_begin;
                if (k_end && !k_gap) ended <= 1'b1;
            end
        end
    end

    // ------------------------------------------------------------------ 2 to 5: a message's fields
    reg         c_valid, f_valid, d_valid, w_valid;
    reg [16:0]  c_index, f_index, index;
    reg [2:0]   c_start;
    reg [7:0]   f_kind;
    reg [15:0]  f_locate, f_length;
    reg [199:0] f_body;                   // from the order reference on
    reg         d_new, d_ours, d_known, d_about, d_add, d_delete, d_replace, d_unusable;
    reg [199:0] d_body, w_word;
    // The message's time and tracking number are nobody's.
    // verilator lint_off UNUSEDSIGNAL
    wire [383:0] aligned = block >> {c_start, 3'b000};
    // verilator lint_on UNUSEDSIGNAL

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
    wire [7:0]  f_side = f_body[71:64];
    wire [7:0]  f_printable = f_body[167:160];
    wire        ours = d_valid && d_new && d_ours && d_about;
    wire [2:0]  d_op = d_unusable ? OP_LOST : d_add ? OP_ADD : d_replace ? OP_REPLACE
                       : d_delete ? OP_DELETE : OP_REDUCE;

    reg [3:0]   bad_packet;               // a malformed packet, behind its last message
    wire        used_packet = bad_packet[2] && packet_new;
    wire        lost_now = lost_gap || lost_session || bad_packet[3];
    wire [3:0]  lost_why = lost_gap ? LOST_GAP : lost_session ? LOST_SESSION : LOST_PACKET;

    always @(posedge aclk) begin
        c_start <= start;
        c_index <= index;
        if (header_done) index <= 17'd0;
        else if (message_done) index <= index + 17'd1;
        f_index <= c_index;
        f_length <= {aligned[7:0], aligned[15:8]};
        f_kind <= aligned[23:16];
        f_locate <= {aligned[31:24], aligned[39:32]};
        f_body <= aligned[303:104];
        d_new <= packet_new && f_index >= skip;
        d_ours <= f_locate == cfg_locate;
        d_about <= length_of(f_kind) != 16'd0;
        d_known <= length_of(f_kind) != 16'd0 || is_other(f_kind);
        d_add <= is_add;
        d_delete <= f_kind == "D";
        d_replace <= f_kind == "U";
        d_unusable <= f_length < length_of(f_kind)
                      || (is_add && f_side != "B" && f_side != "S")
                      || (f_kind == "C" && f_printable != "Y" && f_printable != "N");
        d_body <= f_body;
        w_word[2:0] <= lost_now ? OP_LOST : d_op;
        w_word[6:3] <= lost_now ? lost_why : d_unusable ? LOST_MESSAGE : 4'd0;
        w_word[7] <= d_body[71:64] == "S";
        w_word[39:8] <= be32(d_body, d_add ? 9 : d_replace ? 16 : 8);
        w_word[71:40] <= be32(d_body, d_add ? 21 : 20);
        w_word[135:72] <= {be32(d_body, 0), be32(d_body, 4)};
        w_word[199:136] <= {be32(d_body, 8), be32(d_body, 12)};
        if (!aresetn || init) begin
            c_valid <= 1'b0;
            f_valid <= 1'b0;
            d_valid <= 1'b0;
            w_valid <= 1'b0;
            bad_packet <= 4'd0;
            feed_ok <= aresetn;
        end else begin
            c_valid <= message_done;
            f_valid <= c_valid;
            d_valid <= f_valid;
            bad_packet <= {used_packet, bad_packet[1:0], live && malformed && !in_header};
            w_valid <= feed_ok && (lost_now || ours);
            if (lost_now || (ours && d_unusable)) feed_ok <= 1'b0;
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
        if (w_valid) queue[q_in] <= w_word;
        if (!aresetn || init) begin
            q_in <= 0;
            q_out <= 0;
            q_count <= 0;
            room <= 1'b0;
        end else begin
            q_in <= q_in + QUEUE_W'(w_valid);
            q_out <= q_out + QUEUE_W'(give);
            q_count <= q_count + (QUEUE_W+1)'(w_valid) - (QUEUE_W+1)'(give);
            room <= q_count <= (QUEUE_W+1)'(QUEUE - 8);
        end
    end

    // ------------------------------------------------------------------ counters, modulo 2^32
    reg add_packet, add_order, add_skipped, add_duplicate, add_control, add_unknown;
    reg add_header, add_range, add_unusable;
    always @(posedge aclk) begin
        add_packet <= aresetn && b_valid && b_last;
        add_order <= w_valid && w_word[2:0] != OP_LOST;
        add_skipped <= d_valid && d_new && d_known && !ours;
        add_duplicate <= d_valid && packet_new && !d_new;
        add_control <= k_valid && k_take && k_control;
        add_unknown <= d_valid && d_new && !d_known;
        add_header <= aresetn && live && malformed && in_header;
        add_range <= k_valid && !k_take && !k_foreign;
        add_unusable <= ours && d_unusable;
    end

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
            n_packets <= n_packets + 32'(add_packet);
            n_orders <= n_orders + 32'(add_order);
            n_skipped <= n_skipped + 32'(add_skipped);
            n_duplicates <= n_duplicates + 32'(add_duplicate);
            n_gaps <= n_gaps + 32'(lost_gap);
            n_controls <= n_controls + 32'(add_control);
            n_malformed <= n_malformed + 32'(bad_packet[3]) + 32'(add_header)
                           + 32'(add_range) + 32'(add_unusable);
            n_unknown <= n_unknown + 32'(add_unknown);
            n_foreign <= n_foreign + 32'(lost_session);
        end
    end

`ifdef FORMAL
    reg past = 1'b0;
    always @* assume (aresetn == past);
    wire [QUEUE_W:0] waiting = q_count + (QUEUE_W+1)'(w_valid) + (QUEUE_W+1)'(d_valid)
        + (QUEUE_W+1)'(f_valid) + (QUEUE_W+1)'(c_valid) + (QUEUE_W+1)'(b_valid)
        + (QUEUE_W+1)'(feed_ok);
    reg lost_given = 1'b0;
    always @(posedge aclk) begin
        past <= 1'b1;
        if (!aresetn || init) lost_given <= 1'b0;
        else if (w_valid && w_word[2:0] == OP_LOST) lost_given <= 1'b1;
        if (past && aresetn) begin
            if (b_valid) for (int k = 0; k < 8; k = k + 1) if (!b_short[k]) begin
                assert (b_ends[k] == (b_left[k] >= 17'd2 && b_left[k] <= 17'd9));
                assert (b_begins[k] == (b_left[k] <= 17'd7));
            end
            if (!drop) a_ends: assert (ends == (left >= 17'd2 && left <= 17'd9));
            if (!drop) a_begins: assert (begins == (left <= 17'd7));
            if (in_header && !drop)
                a_header: assert (left == HEADER || left == 17'd13 || left == 17'd5);
            if (!in_packet)
                a_between: assert (in_header && left == HEADER && !ends && !begins && !drop);
            a_room: assert (!room || q_count <= (QUEUE_W+1)'(QUEUE - 7));
            a_waiting: assert (waiting <= (QUEUE_W+1)'(QUEUE));
            a_no_overflow: assert (!(w_valid && q_count == (QUEUE_W+1)'(QUEUE)));
            a_pointers: assert (q_count[QUEUE_W-1:0] == QUEUE_W'(q_in - q_out)
                                && q_count <= (QUEUE_W+1)'(QUEUE));
            if (lost_given) a_once: assert (!feed_ok && !w_valid);
            if (!feed_ok && w_valid) a_last: assert (w_word[2:0] == OP_LOST);
            if ($past(aresetn) && !$past(init) && $past(m_order_tvalid && !m_order_tready))
                a_hold: assert (m_order_tvalid && $stable(m_order_tdata));
            if ($past(aresetn && !init && w_valid && w_word[2:0] != OP_LOST))
                a_counted: assert (add_order);
            a_not_held: assert (!(s_pkt_tready && (hold || init)));
            c_full: cover (q_count == (QUEUE_W+1)'(4));
            c_gap: cover (w_valid && w_word[6:3] == LOST_GAP);
            c_packet: cover (w_valid && w_word[6:3] == LOST_PACKET);
            c_replace: cover (w_valid && w_word[2:0] == OP_REPLACE);
        end
    end
`endif
endmodule
`default_nettype wire
