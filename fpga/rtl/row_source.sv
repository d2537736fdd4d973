// Rows for the bank: the host's, or in chain mode those of the book's features.
//
// A feature row cannot wait for itself, so one is kept while it is offered and the newest behind it
// waits; a row that waited and was replaced is counted in `rows_overrun`. `hold` lets no row begin;
// one whose first beat is offered or taken goes on to its end (`row_open`). tuser says where a row
// comes from and what its order needs:
//   host   [63] = 1, [31] = last row of its batch, rest 0
//   book   [63] = 0, [62:32] ask ticks, [31] = 0, [30:0] bid ticks
// Latency 0 clocks. Reset: nothing kept, chain mode by `chain` alone. The mode and the shape may
// change only while `hold` is 1 and `row_open` is 0.
`default_nettype none
module tp_row_source #(
    parameter integer NF = 8   // inputs of a beat
) (
    input  wire             aclk,
    input  wire             aresetn,
    input  wire             chain,          // rows of the book
    input  wire             hold,
    output wire             row_open,
    input  wire [1:0]       beat_last,      // beats of a host row less 1
    input  wire [NF*32-1:0] s_host_tdata,
    input  wire             s_host_tvalid,
    output wire             s_host_tready,
    input  wire             s_host_tlast,
    input  wire [NF*32-1:0] feature_row,
    input  wire [30:0]      feature_bid,
    input  wire [30:0]      feature_ask,
    input  wire             feature_valid,
    output wire [NF*32-1:0] m_row_tdata,
    output wire [63:0]      m_row_tuser,
    output wire             m_row_tvalid,
    input  wire             m_row_tready,
    output reg  [31:0]      rows,
    output reg  [31:0]      rows_overrun
);
    localparam integer W = NF * 32 + 62;

    reg         kept_reg, next_reg, stuck_reg;
    reg [W-1:0] kept_row_reg, next_row_reg;
    reg [1:0]   beat_reg;

    wire [W-1:0] fresh = {feature_ask, feature_bid, feature_row};
    wire [30:0]  bid = kept_reg ? kept_row_reg[NF*32 +: 31] : feature_bid;
    wire [30:0]  ask = kept_reg ? kept_row_reg[NF*32+31 +: 31] : feature_ask;
    wire         arrives = chain && feature_valid;
    wire         begins = beat_reg == 2'd0;
    wire         source = chain ? (kept_reg || arrives) : s_host_tvalid;
    wire         takes = m_row_tvalid && m_row_tready;
    wire         ends = chain || beat_reg == beat_last;
    wire         book_taken = takes && chain;

    assign m_row_tvalid  = source && (!begins || !hold || stuck_reg);
    assign m_row_tdata   = !chain ? s_host_tdata
                         : kept_reg ? kept_row_reg[NF*32-1:0] : feature_row;
    assign m_row_tuser   = chain ? {1'b0, ask, 1'b0, bid} : {1'b1, 31'b0, s_host_tlast, 31'b0};
    assign s_host_tready = !chain && m_row_tready && (!begins || !hold || stuck_reg);
    assign row_open      = !begins || stuck_reg;

    always @(posedge aclk) begin
        if (!aresetn) begin
            kept_reg     <= 1'b0;
            next_reg     <= 1'b0;
            stuck_reg    <= 1'b0;
            beat_reg     <= 2'd0;
            rows         <= 32'd0;
            rows_overrun <= 32'd0;
        end else begin
            stuck_reg <= m_row_tvalid && !m_row_tready;
            if (takes) beat_reg <= ends ? 2'd0 : beat_reg + 2'd1;
            if (takes && ends) rows <= rows + 32'd1;
            kept_reg <= book_taken ? next_reg || (kept_reg && arrives) : kept_reg || arrives;
            next_reg <= book_taken ? next_reg && arrives : next_reg || (kept_reg && arrives);
            if (!book_taken && next_reg && arrives) rows_overrun <= rows_overrun + 32'd1;
            if (!chain) begin
                kept_reg <= 1'b0;
                next_reg <= 1'b0;
            end
        end
        if (book_taken) kept_row_reg <= next_reg ? next_row_reg : fresh;
        else if (arrives && !kept_reg) kept_row_reg <= fresh;
        if (arrives) next_row_reg <= fresh;
    end

`ifdef FORMAL
    reg past_ok = 1'b0;
    always @(posedge aclk) past_ok <= 1'b1;
    always @* assume (aresetn == past_ok);
    always @(posedge aclk) if (past_ok && $past(aresetn)) begin
        if ($past(s_host_tvalid && !s_host_tready))
            u_host: assume (s_host_tvalid && $stable(s_host_tdata) && $stable(s_host_tlast));
        if (!$past(hold && !row_open))
            u_mode: assume ($stable(chain) && $stable(beat_last));
        if ($past(m_row_tvalid && !m_row_tready))
            a_holds: assert (m_row_tvalid && $stable(m_row_tdata) && $stable(m_row_tuser));
        if ($past(hold && !row_open) && hold) a_held: assert (!m_row_tvalid);
    end
    always @(posedge aclk) if (past_ok && aresetn) begin
        a_order: assert (!next_reg || kept_reg);
        a_beats: assert (chain ? beat_reg == 2'd0 : 1'b1);
        c_overrun: cover (rows_overrun == 2);
        c_next: cover (next_reg && book_taken);
    end
`endif
endmodule
`default_nettype wire
