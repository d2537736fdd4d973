// Scores to intents: the votes of a row's strategies become an order for the gate.
//
// In: the bank's beats ([111:104] votes so far, [114] saturated, tlast: last strategy of the row;
// tuser {ask_ticks, bid_ticks}). On the last beat votes >= cfg_votes want to buy, votes <=
// -cfg_votes to sell, cfg_votes = 0 never. A row that is saturated or lacks a side of the book says
// nothing. An order is made when the wanted side changes to a side: cfg_lots at the far touch and
// cfg_slip_ticks through it; a price that leaves 32 bits becomes 0 or the largest, which the gate
// refuses. Out: a message of the gate, tag counting from 0. While cfg_on is low rows say that no
// side is wanted and nothing is made. Latency 0 clocks: a message is there with the beat that made
// it, and kept here when it is not taken. Reset: no side wanted, tag 0, no message.
`default_nettype none
module tp_intent (
    input  wire         aclk,
    input  wire         aresetn,
    // verilator lint_off UNUSEDSIGNAL
    input  wire [127:0] s_score_tdata,   // scores are for the host
    // verilator lint_on UNUSEDSIGNAL
    input  wire [63:0]  s_score_tuser,
    input  wire         s_score_tlast,
    input  wire         s_score_tvalid,
    output wire         s_score_tready,
    output wire [127:0] m_intent_tdata,
    output wire         m_intent_tvalid,
    input  wire         m_intent_tready,
    input  wire         cfg_on,
    input  wire [6:0]   cfg_votes,
    input  wire [31:0]  cfg_slip_ticks,
    input  wire [31:0]  cfg_lots,
    output wire [31:0]  count_intents
);
    reg        valid_reg, side_reg;
    reg        buys_reg, sells_reg;       // the side wanted last
    reg [31:0] lots_reg, price_reg, tag_reg, count_reg;

    assign s_score_tready = !valid_reg;
    wire take = s_score_tvalid && s_score_tready && s_score_tlast;

    wire signed [8:0] votes = {s_score_tdata[111], s_score_tdata[111:104]};
    wire signed [8:0] wanted = $signed({2'b00, cfg_votes});
    wire [31:0] bid = s_score_tuser[31:0];
    wire [31:0] ask = s_score_tuser[63:32];
    wire counts = !s_score_tdata[114] && bid != 0 && ask != 0;
    wire buys  = cfg_votes != 0 && votes >= wanted;
    wire sells = cfg_votes != 0 && votes + wanted <= 0;
    wire makes = take && counts && cfg_on && ((buys && !buys_reg) || (sells && !sells_reg));

    wire [32:0] over  = {1'b0, ask} + {1'b0, cfg_slip_ticks};
    wire [32:0] under = {1'b0, bid} - {1'b0, cfg_slip_ticks};
    wire [31:0] buy_price  = over[31:0] | {32{over[32]}};
    wire [31:0] sell_price = under[31:0] & ~{32{under[32]}};

    wire [31:0] price = sells ? sell_price : buy_price;

    always @(posedge aclk) begin
        if (!valid_reg) begin
            side_reg  <= sells;
            lots_reg  <= cfg_lots;
            price_reg <= price;
            tag_reg   <= count_reg;
        end
        if (!aresetn) begin
            valid_reg <= 1'b0;
            buys_reg  <= 1'b0;
            sells_reg <= 1'b0;
            count_reg <= 32'd0;
        end else begin
            valid_reg <= m_intent_tvalid && !m_intent_tready;
            if (makes) count_reg <= count_reg + 1'b1;
            if (!cfg_on) begin
                buys_reg  <= 1'b0;
                sells_reg <= 1'b0;
            end else if (take && counts) begin
                buys_reg  <= buys;
                sells_reg <= sells;
            end
        end
    end

    assign m_intent_tdata = valid_reg
        ? {tag_reg, price_reg, lots_reg, 16'h0, 7'h0, side_reg, 8'h0}
        : {count_reg, price, cfg_lots, 16'h0, 7'h0, sells, 8'h0};
    assign m_intent_tvalid = valid_reg || makes;
    assign count_intents   = count_reg;

`ifdef FORMAL
    reg f_past = 1'b0;
    always @(posedge aclk) f_past <= 1'b1;
    always @* assume (aresetn == f_past);
    always @(posedge aclk) if (f_past && $past(aresetn && s_score_tvalid && !s_score_tready))
        u_score: assume (s_score_tvalid && $stable(s_score_tdata) && $stable(s_score_tuser)
            && $stable(s_score_tlast));

    reg [31:0] f_left = 0;   // intents that were taken
    always @(posedge aclk) f_left <= aresetn ? f_left + 32'(m_intent_tvalid && m_intent_tready) : 0;
    always @(posedge aclk) if (f_past && aresetn) begin
        a_none_lost: assert (count_reg == f_left + 32'(valid_reg));
        a_one_side: assert (!(buys_reg && sells_reg));
        if (m_intent_tvalid) a_message: assert (m_intent_tdata[31:9] == 0
            && m_intent_tdata[7:0] == 0 && m_intent_tdata[127:96] == f_left);
        if (cfg_votes == 0) a_never: assert (!makes);
        if (!cfg_on) a_off: assert (!makes);
        if (makes) begin
            a_says: assert (!s_score_tdata[114] && s_score_tlast && bid != 0 && ask != 0);
            a_votes: assert (sells ? votes <= -wanted : votes >= wanted);
            a_changes: assert (sells ? !sells_reg : !buys_reg);
            a_side: assert (m_intent_tvalid && m_intent_tdata[8] == sells);
            a_price: assert (sells ? m_intent_tdata[95:64] <= bid : m_intent_tdata[95:64] >= ask);
        end
        c_both: cover (makes && sells && buys_reg);
    end
    always @(posedge aclk) if (f_past && $past(aresetn)) begin
        if ($past(m_intent_tvalid && !m_intent_tready))
            a_holds: assert (m_intent_tvalid && $stable(m_intent_tdata));
        c_held: cover (valid_reg && $past(valid_reg && !m_intent_tready, 1));
    end
`endif
endmodule
`default_nettype wire
