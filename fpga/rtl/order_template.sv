// Orders to bytes: a template of up to 64 bytes with the order's fields put in their places.
//
// In: allowed orders as the gate gives them, up to 2^DEPTH_LOG2 and one wait in a queue. Out: one
// packet an order, 8 bytes a beat, first byte lowest, tkeep and tlast. Byte k is cfg_bytes[8k +: 8]
// unless a field lies there: side at cfg_side_at (cfg_side_buy or cfg_side_sell), lots at
// cfg_lots_at and price_ticks at cfg_price_at (4 bytes each, big endian), token at cfg_token_at (8
// hexadecimal digits of tag, capitals). Where fields meet the later one named here wins. What lies
// past cfg_length is not sent; a length past 64 counts as 64, with length 0 orders are dropped and
// counted. cfg_* are taken at cfg_commit, between two orders. Latency 3 clocks to the first beat of
// an order that finds the queue empty, then a beat a clock. A full queue holds the gate: nothing is
// lost. Reset: empty, length 0.
`default_nettype none
module tp_template #(
    parameter integer DEPTH_LOG2 = 4
) (
    input  wire         aclk,
    input  wire         aresetn,
    // verilator lint_off UNUSEDSIGNAL
    input  wire [127:0] s_order_tdata,   // its kind is known
    // verilator lint_on UNUSEDSIGNAL
    input  wire         s_order_tvalid,
    output wire         s_order_tready,
    output wire [63:0]  m_bytes_tdata,
    output wire [7:0]   m_bytes_tkeep,
    output wire         m_bytes_tlast,
    output wire         m_bytes_tvalid,
    input  wire         m_bytes_tready,
    input  wire [511:0] cfg_bytes,
    input  wire [6:0]   cfg_length,
    input  wire [5:0]   cfg_side_at,
    input  wire [5:0]   cfg_lots_at,
    input  wire [5:0]   cfg_price_at,
    input  wire [5:0]   cfg_token_at,
    input  wire [7:0]   cfg_side_buy,
    input  wire [7:0]   cfg_side_sell,
    input  wire         cfg_commit,      // pulse
    output wire         busy,            // an order is inside, or settings wait to be taken
    output wire [31:0]  count_sent,      // packets, wraps
    output wire [31:0]  count_dropped    // orders without a template, wraps
);
    // ------------------------------------------------------------ queue of side, lots, price, tag
    wire [96:0] order;
    wire        order_valid, order_ready;
    tp_axis_fifo #(.W(97), .DEPTH_LOG2(DEPTH_LOG2)) queue (
        .aclk(aclk), .aresetn(aresetn),
        .s_data({s_order_tdata[127:32], s_order_tdata[8]}), .s_valid(s_order_tvalid),
        .s_ready(s_order_tready), .m_data(order), .m_valid(order_valid), .m_ready(order_ready)
    );

    // ------------------------------------------------------------ settings
    reg [511:0] bytes_reg;
    reg [6:0]   length_reg;
    reg [5:0]   side_at_reg, lots_at_reg, price_at_reg, token_at_reg;
    reg [7:0]   buy_reg, sell_reg;
    reg         commit_reg;

    // ------------------------------------------------------------ stage 1: where bytes come from
    reg [2:0]   beat_reg;
    reg         valid1_reg, last1_reg;
    reg [96:1]  order1_reg;
    reg [63:0]  bytes1_reg;
    reg [7:0]   side1_reg;
    reg [7:0]   keep1_reg;
    reg [39:0]  from_reg;      // 5 bits a byte: 0 template, 1 side, 01xxx lots, price, 1xxxx token

    // ------------------------------------------------------------ output
    reg         valid_reg, last_reg;
    reg [63:0]  data_reg;
    reg [7:0]   keep_reg;
    reg [31:0]  sent_reg, dropped_reg;

    wire none  = length_reg == 0;
    wire go    = !valid_reg || m_bytes_tready;
    wire go1   = !valid1_reg || go;
    wire fresh = beat_reg == 0;
    wire load  = commit_reg && fresh;              // between two orders
    wire start = order_valid && !load;
    wire [6:0] done = {1'b0, beat_reg, 3'd0} + 7'd8;
    wire last  = done >= length_reg;
    assign order_ready = start && (none || (go1 && last));

    function automatic [4:0] from_of(
        input [5:0] at, input [5:0] side_at, input [5:0] lots_at, input [5:0] price_at,
        input [5:0] token_at
    );
        reg [6:0] lots, price, token;
        begin
            lots  = {1'b0, at} - {1'b0, lots_at};
            price = {1'b0, at} - {1'b0, price_at};
            token = {1'b0, at} - {1'b0, token_at};
            from_of = token[6:3] == 0 ? {2'b10, token[2:0]}
                : price[6:2] == 0 ? {3'b011, price[1:0]}
                : lots[6:2] == 0 ? {3'b010, lots[1:0]}
                : {4'b0000, at == side_at};
        end
    endfunction

    function automatic [7:0] digit_of(input [3:0] nibble);
        digit_of = nibble < 10 ? {4'h3, nibble} : {4'h4, nibble - 4'd9};
    endfunction

    function automatic [7:0] byte_of(
        input [4:0] from, input [7:0] plain, input [7:0] side, input [96:1] o
    );
        reg [31:0] word;
        reg [7:0]  piece;
        reg [3:0]  nibble;
        begin
            word = from[2] ? o[64:33] : o[32:1];
            case (from[1:0])
                2'd0: piece = word[31:24];
                2'd1: piece = word[23:16];
                2'd2: piece = word[15:8];
                default: piece = word[7:0];
            endcase
            case (from[2:0])
                3'd0: nibble = o[96:93];
                3'd1: nibble = o[92:89];
                3'd2: nibble = o[88:85];
                3'd3: nibble = o[84:81];
                3'd4: nibble = o[80:77];
                3'd5: nibble = o[76:73];
                3'd6: nibble = o[72:69];
                default: nibble = o[68:65];
            endcase
            byte_of = from[4] ? digit_of(nibble) : from[3] ? piece
                : from[0] ? side : plain;
        end
    endfunction

    integer k, j;
    always @(posedge aclk) begin
        if (load) begin
            bytes_reg    <= cfg_bytes;
            side_at_reg  <= cfg_side_at;
            lots_at_reg  <= cfg_lots_at;
            price_at_reg <= cfg_price_at;
            token_at_reg <= cfg_token_at;
            buy_reg      <= cfg_side_buy;
            sell_reg     <= cfg_side_sell;
        end
        if (go1) begin
            order1_reg <= order[96:1];
            last1_reg  <= last;
            bytes1_reg <= bytes_reg[64*beat_reg +: 64];
            side1_reg  <= order[0] ? sell_reg : buy_reg;
            for (k = 0; k < 8; k = k + 1) begin
                keep1_reg[k] <= {1'b0, beat_reg, 3'(k)} < length_reg;
                from_reg[5*k +: 5] <= from_of({beat_reg, 3'(k)}, side_at_reg, lots_at_reg,
                    price_at_reg, token_at_reg);
            end
        end
        if (go) begin
            last_reg <= last1_reg;
            keep_reg <= keep1_reg;
            for (j = 0; j < 8; j = j + 1)
                data_reg[8*j +: 8] <= keep1_reg[j] ? byte_of(from_reg[5*j +: 5],
                    bytes1_reg[8*j +: 8], side1_reg, order1_reg) : 8'h0;
        end
        if (!aresetn) begin
            commit_reg  <= 1'b0;
            length_reg  <= 7'd0;
            beat_reg    <= 3'd0;
            valid1_reg  <= 1'b0;
            valid_reg   <= 1'b0;
            sent_reg    <= 32'd0;
            dropped_reg <= 32'd0;
        end else begin
            commit_reg <= cfg_commit || (commit_reg && !load);
            if (load) length_reg <= cfg_length > 7'd64 ? 7'd64 : cfg_length;
            if (start && !none && go1) beat_reg <= last ? 3'd0 : beat_reg + 1'b1;
            if (go1) valid1_reg <= start && !none;
            if (go) valid_reg <= valid1_reg;
            if (start && none) dropped_reg <= dropped_reg + 1'b1;
            if (m_bytes_tvalid && m_bytes_tready && last_reg) sent_reg <= sent_reg + 1'b1;
        end
    end

    assign m_bytes_tdata  = data_reg;
    assign m_bytes_tkeep  = keep_reg;
    assign m_bytes_tlast  = last_reg;
    assign m_bytes_tvalid = valid_reg;
    assign count_sent     = sent_reg;
    assign count_dropped  = dropped_reg;
    assign busy = order_valid || valid1_reg || valid_reg || commit_reg;

`ifdef FORMAL
    reg f_past = 1'b0;
    always @(posedge aclk) f_past <= 1'b1;
    always @* assume (aresetn == f_past);
    always @(posedge aclk) if (f_past && $past(aresetn && s_order_tvalid && !s_order_tready))
        u_order: assume (s_order_tvalid && $stable(s_order_tdata));

    // Beats and orders on their way: none is lost, none comes twice.
    reg [7:0] f_orders = 0, f_ended = 0, f_dropped = 0;
    reg [2:0] f_beat = 0;      // beat of the packet that the output shows next
    wire f_gives = valid_reg && m_bytes_tready;
    wire f_pops  = order_valid && order_ready;
    always @(posedge aclk) if (!aresetn) begin
        f_orders <= 0; f_ended <= 0; f_dropped <= 0; f_beat <= 0;
    end else begin
        f_orders <= f_orders + 8'(f_pops);
        f_ended <= f_ended + 8'(f_gives && last_reg);
        f_dropped <= f_dropped + 8'(start && none);
        if (f_gives) f_beat <= last_reg ? 3'd0 : f_beat + 1'b1;
    end
    // the beat that follows what is inside
    wire [2:0] f_after0 = !valid_reg ? f_beat : last_reg ? 3'd0 : f_beat + 1'b1;
    wire [2:0] f_after1 = !valid1_reg ? f_after0 : last1_reg ? 3'd0 : f_after0 + 1'b1;
    always @(posedge aclk) if (f_past && aresetn) begin
        a_orders: assert (f_orders == f_ended + f_dropped + 8'(valid1_reg && last1_reg)
            + 8'(valid_reg && last_reg));
        a_beats: assert (beat_reg == f_after1);
        a_length: assert (length_reg <= 7'd64);
        if (valid_reg) begin
            a_keep: assert (keep_reg != 0 && (keep_reg & (keep_reg + 1'b1)) == 0);
            if (!last_reg) a_whole: assert (keep_reg == 8'hff);
        end
        if (valid1_reg) begin
            a_keep1: assert (keep1_reg != 0 && (keep1_reg & (keep1_reg + 1'b1)) == 0);
            if (!last1_reg) a_whole1: assert (keep1_reg == 8'hff);
        end
        if (beat_reg != 0) a_within: assert ({1'b0, beat_reg, 3'd0} < length_reg && order_valid);
        if (load) a_between: assert (beat_reg == 0);
        c_sent: cover (f_gives && last_reg && f_beat == 5);
        c_dropped: cover (start && none);
    end
    always @(posedge aclk) if (f_past && $past(aresetn && valid_reg && !m_bytes_tready))
        a_holds: assert (valid_reg && $stable(data_reg) && $stable(keep_reg) && $stable(last_reg));
`endif
endmodule
`default_nettype wire
