// tp_bank_out: the results' FIFO, the row's tag beside it, and the places that may be reserved.
//
// 14 results may be inside (reserved, in the pipe or kept); 16 fit, and 16 tags: rows that are
// taken but not begun are at most 2. So a push always finds room and the pipe never stalls.
// A result can be taken in the clock after its push: the outputs are a LUT memory read at a
// registered address, with a registered valid. Payload is stable while valid && !ready.
// `sequence` counts answered rows since reset, modulo 2^32. Reset: empty.
`default_nettype none
// not every build of the parameters uses every signal
/* verilator lint_off UNUSEDSIGNAL */
module tp_bank_out #(
    parameter integer AW = 55,             // bits of a score
    parameter integer STRATEGIES = 64,
    parameter integer LIMIT = 14,
    parameter integer DEPTH_LOG2 = 4,
    parameter integer TAG_W = 64,
    localparam integer D = DEPTH_LOG2
) (
    input  wire             aclk,
    input  wire             aresetn,
    input  wire             reserve,
    output wire             may_next,      // a place is free in the next clock
    output reg              may,
    input  wire             tag_push,
    input  wire [TAG_W-1:0] tag,
    input  wire             push,
    input  wire signed [AW-1:0] score,
    input  wire             buy,           // score >= buy threshold
    input  wire             sell,          // score <= sell threshold
    input  wire             sat,
    input  wire             first,         // first strategy of the row
    input  wire             last,          // last one
    output wire [127:0]     m_score_tdata,
    output wire [TAG_W-1:0] m_score_tuser,
    output reg              m_score_tvalid,
    input  wire             m_score_tready,
    output wire             m_score_tlast
`ifdef FORMAL
    ,
    output wire [D:0]       f_places,
    output wire [D:0]       f_count,
    output wire [D:0]       f_tags,
    output wire             f_giving
`endif
);
    localparam integer ONE = (STRATEGIES == 1) ? 1 : 0;
    localparam integer VB = (ONE != 0) ? 0 : 9;        // votes and last are known where K = 1
    localparam integer W = AW + 3 + VB;

    wire signed [1:0] signal = {sell && !buy, sell ^ buy};
    wire give = m_score_tvalid && m_score_tready;

    // places
    reg [D:0] reserved;
    reg       give_q;
    wire [D:0] reserved_next = reserved + (D+1)'(reserve) - (D+1)'(give_q);
    assign may_next = reserved_next < LIMIT[D:0];
    always @(posedge aclk)
        if (!aresetn) begin
            reserved <= {(D+1){1'b0}};
            give_q <= 1'b0;
            may <= 1'b0;
        end else begin
            reserved <= reserved_next;
            give_q <= give;
            may <= may_next;
        end

    // results
    (* ram_style = "distributed" *) reg [W-1:0] mem [0:(1<<D)-1];
    reg [D-1:0] write_at, read_at;
    reg [D:0]   count;
    wire [D:0]  count_next = count + (D+1)'(push) - (D+1)'(give);
    wire [W-1:0] word;
    wire [W-1:0] head = mem[read_at];
    always @(posedge aclk) begin
        if (push) mem[write_at] <= word;
        if (!aresetn) begin
            write_at <= {D{1'b0}};
            read_at <= {D{1'b0}};
            count <= {(D+1){1'b0}};
            m_score_tvalid <= 1'b0;
        end else begin
            write_at <= write_at + D'(push);
            read_at <= read_at + D'(give);
            count <= count_next;
            m_score_tvalid <= count_next != {(D+1){1'b0}};
        end
    end

    // tags: one a row
    (* ram_style = "distributed" *) reg [TAG_W-1:0] tags [0:(1<<D)-1];
    reg [D-1:0]  tag_write, tag_read;
    reg [31:0]   row;
    wire         done = give && m_score_tlast;
    always @(posedge aclk) begin
        if (tag_push) tags[tag_write] <= tag;
        if (!aresetn) begin
            tag_write <= {D{1'b0}};
            tag_read <= {D{1'b0}};
            row <= 32'd0;
        end else begin
            tag_write <= tag_write + D'(tag_push);
            tag_read <= tag_read + D'(done);
            if (done) row <= row + 32'd1;
        end
    end

    wire [31:0] high;                      // last, saturated, signal, votes, strategy
    generate if (ONE != 0) begin : single
        assign word = {sat, signal, score};
        assign m_score_tlast = 1'b1;
        assign high = {12'd0, 1'b1, head[AW+2:AW], {6{head[AW+1]}}, head[AW+1:AW], 8'd0};
    end else begin : several
        reg [7:0] votes_so_far, at;
        wire [7:0] votes_now = (first ? 8'd0 : votes_so_far) + {{6{signal[1]}}, signal};
        always @(posedge aclk) begin
            if (push) votes_so_far <= votes_now;
            if (!aresetn) at <= 8'd0;
            else if (give) at <= m_score_tlast ? 8'd0 : at + 8'd1;
        end
        assign word = {last, sat, signal, votes_now, score};
        assign m_score_tlast = head[AW+11];
        assign high = {12'd0, head[AW+11:AW], at};
    end endgenerate

    assign m_score_tdata = {high, row, {(64-AW){head[AW-1]}}, head[AW-1:0]};
    assign m_score_tuser = tags[tag_read];

`ifdef FORMAL
    reg [D:0] tags_in;
    always @(posedge aclk)
        if (!aresetn) tags_in <= {(D+1){1'b0}};
        else tags_in <= tags_in + (D+1)'(tag_push) - (D+1)'(done);
    assign f_places = reserved;
    assign f_count = count;
    assign f_tags = tags_in;
    assign f_giving = give_q;
    reg past = 1'b0;
    always @(posedge aclk) past <= 1'b1;
    always @(posedge aclk) if (past && aresetn) begin
        a_pointers: assert (count[D-1:0] == write_at - read_at);
        a_tag_pointers: assert (tags_in[D-1:0] == tag_write - tag_read);
        a_room: assert (!(push && count[D]));
        a_signal: assert (signal != 2'b10);
        a_give: assert (!give || count != 0);
        if (may) a_may: assert (reserved < LIMIT[D:0]);
    end
`ifdef FORMAL_ALONE
`include "bank_out_proof.svh"
`endif
`endif
endmodule
/* verilator lint_on UNUSEDSIGNAL */
`default_nettype wire
