// Messages for the gate, the host's and the chain's own intents, and their verdicts back.
//
// An intent goes first; what is offered stays until it is taken. Bit 31 of a tag says whose an
// order is: 1 the chain's, 0 the host's; it is set here, whatever came. Behind the last message of
// a host batch, when all its orders have verdicts, one verdict more ends the batch: code 0xFFFF,
// tag 0, tlast. Until that is queued the host's next batch waits; intents do not. Verdicts wait in
// a queue of 16. When nobody takes them the host's next orders wait, and verdicts of intents are
// dropped and counted: the gate is never stopped by a verdict, so that no intent waits for a host
// and leaves late. Latency: 0 clocks to the gate, 1 from it. Reset: no batch is open.
`default_nettype none
module tp_message_source #(
    parameter integer DEPTH_LOG2 = 4   // verdicts kept
) (
    input  wire         aclk,
    input  wire         aresetn,
    // The highest bit of a tag is set here.
    /* verilator lint_off UNUSEDSIGNAL */
    input  wire [127:0] s_host_tdata,
    input  wire [127:0] s_intent_tdata,
    /* verilator lint_on UNUSEDSIGNAL */
    input  wire         s_host_tvalid,
    output wire         s_host_tready,
    input  wire         s_host_tlast,
    input  wire         s_intent_tvalid,
    output wire         s_intent_tready,
    output wire [127:0] m_msg_tdata,
    output wire         m_msg_tvalid,
    input  wire         m_msg_tready,
    input  wire [63:0]  s_verdict_tdata,
    input  wire         s_verdict_tvalid,
    output wire         s_verdict_tready,
    output wire [63:0]  m_verdict_tdata,
    output wire         m_verdict_tvalid,
    input  wire         m_verdict_tready,
    output wire         m_verdict_tlast,
    output reg  [31:0]  verdicts_dropped
);
    localparam [63:0] END_OF_BATCH = 64'h000000000000ffff;
    localparam [5:0]  PLACES = 1 << DEPTH_LOG2;   // the last one for the end of a batch

    reg       locked_reg, lock_intent_reg, ending_reg;
    reg [5:0] owed_reg;     // verdicts of host orders that the gate has
    reg [5:0] inside_reg;   // verdicts in the queue

    // A host order goes to the gate when its verdict has a place; a verdict of an intent leaves one
    // place to the order that may be offered meanwhile.
    wire [5:0] taken = owed_reg + inside_reg;
    wire host_is_order = s_host_tdata[7:0] == 8'd0;
    wire host_may = !ending_reg && (!host_is_order || taken < PLACES - 6'd1);
    wire intent = locked_reg ? lock_intent_reg : s_intent_tvalid;
    wire host_taken = s_host_tvalid && s_host_tready;

    assign m_msg_tdata     = intent ? {1'b1, s_intent_tdata[126:0]} : {1'b0, s_host_tdata[126:0]};
    assign m_msg_tvalid    = intent ? s_intent_tvalid : s_host_tvalid && host_may;
    assign s_intent_tready = intent && m_msg_tready;
    assign s_host_tready   = !intent && host_may && m_msg_tready;

    // ------------------------------------------------------------ verdicts and the end of a batch
    wire of_intent = s_verdict_tdata[63];
    wire keep = s_verdict_tvalid && (!of_intent || taken < PLACES - 6'd2);
    wire mark = ending_reg && owed_reg == 6'd0 && !s_verdict_tvalid && inside_reg < PLACES;
    wire give = m_verdict_tvalid && m_verdict_tready;
    wire room;

    assign s_verdict_tready = 1'b1;

    always @(posedge aclk) begin
        if (!aresetn) begin
            locked_reg       <= 1'b0;
            ending_reg       <= 1'b0;
            owed_reg         <= 6'd0;
            inside_reg       <= 6'd0;
            verdicts_dropped <= 32'd0;
        end else begin
            locked_reg <= m_msg_tvalid && !m_msg_tready;
            owed_reg   <= owed_reg + 6'(host_taken && host_is_order)
                - 6'(s_verdict_tvalid && !of_intent);
            inside_reg <= inside_reg + 6'((keep || mark) && room) - 6'(give);
            verdicts_dropped <= verdicts_dropped + 32'(s_verdict_tvalid && !(keep && room));
            if (host_taken && s_host_tlast) ending_reg <= 1'b1;
            else if (mark) ending_reg <= 1'b0;
        end
        lock_intent_reg <= intent;
    end

`ifdef FORMAL
    wire [DEPTH_LOG2+1:0] f_inside;
`endif
    tp_axis_fifo #(.W(65), .DEPTH_LOG2(DEPTH_LOG2)) verdicts (
`ifdef FORMAL
        .f_inside(f_inside),
`endif
        .aclk(aclk), .aresetn(aresetn),
        .s_data(mark ? {1'b1, END_OF_BATCH} : {1'b0, s_verdict_tdata}),
        .s_valid(mark || keep), .s_ready(room),
        .m_data({m_verdict_tlast, m_verdict_tdata}), .m_valid(m_verdict_tvalid),
        .m_ready(m_verdict_tready)
    );

`ifdef FORMAL
    reg past_ok = 1'b0;
    always @(posedge aclk) past_ok <= 1'b1;
    always @* assume (aresetn == past_ok);
    always @(posedge aclk) if (past_ok && $past(aresetn)) begin
        if ($past(s_host_tvalid && !s_host_tready))
            u_host: assume (s_host_tvalid && $stable(s_host_tdata) && $stable(s_host_tlast));
        if ($past(s_intent_tvalid && !s_intent_tready))
            u_intent: assume (s_intent_tvalid && $stable(s_intent_tdata));
        if ($past(m_msg_tvalid && !m_msg_tready))
            a_holds: assert (m_msg_tvalid && $stable(m_msg_tdata));
    end
    // A gate gives a verdict of the host only for an order of the host.
    always @* if (owed_reg == 6'd0) assume (!(s_verdict_tvalid && !of_intent));
    // Orders of the host and their verdicts, batches and their ends, verdicts that were dropped.
    reg [31:0] f_orders = 0, f_verdicts = 0, f_batches = 0, f_ends = 0, f_dropped = 0;
    always @(posedge aclk) if (past_ok && aresetn) begin
        f_orders <= f_orders + 32'(host_taken && host_is_order);
        f_verdicts <= f_verdicts + 32'(s_verdict_tvalid && !of_intent);
        f_batches <= f_batches + 32'(host_taken && s_host_tlast);
        f_ends <= f_ends + 32'(mark);
        f_dropped <= f_dropped + 32'(s_verdict_tvalid && of_intent && !keep);
    end
    always @(posedge aclk) if (past_ok && aresetn) begin
        a_inside: assert (inside_reg == 6'(f_inside));
        a_owed: assert (f_orders == f_verdicts + 32'(owed_reg));
        a_batches: assert (f_batches == f_ends + 32'(ending_reg));
        a_dropped: assert (verdicts_dropped == f_dropped);
        if (mark) a_end_after_all: assert (f_orders == f_verdicts);
        a_whose: assert (!m_msg_tvalid || m_msg_tdata[127] == intent);
        a_places: assert (owed_reg <= PLACES && inside_reg <= PLACES && taken <= PLACES);
        a_room: assert (room || !(keep || mark));
        a_host_never_dropped: assert (!(s_verdict_tvalid && !of_intent) || keep);
        a_batch_waits: assert (!(ending_reg && host_taken));
        c_end: cover (mark);
        c_dropped: cover (s_verdict_tvalid && !keep);
        c_both: cover (locked_reg && lock_intent_reg && s_host_tvalid);
    end
`endif
endmodule
`default_nettype wire
