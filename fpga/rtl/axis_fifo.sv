// First-in first-out queue of 2^DEPTH_LOG2 beats with a registered output.
//
// Latency 1 clock from an empty queue. s_ready falls when the queue is full, so it cannot overflow.
// The output register holds one beat more. Reset: empty.
`default_nettype none
module tp_axis_fifo #(
    parameter integer W = 64,          // bits of a beat: data, keep, last and user together
    parameter integer DEPTH_LOG2 = 4   // beats kept, as a power of two
) (
    input  wire         aclk,
    input  wire         aresetn,
    input  wire [W-1:0] s_data,
    input  wire         s_valid,
    output wire         s_ready,
    output wire [W-1:0] m_data,
    output wire         m_valid,
    input  wire         m_ready
`ifdef FORMAL_INSIDE
    ,
    output wire [DEPTH_LOG2+1:0] f_inside   // beats here, for the proof of who uses it
`endif
);
    reg [W-1:0]          memory [0:(1<<DEPTH_LOG2)-1];
    reg [DEPTH_LOG2-1:0] write_reg, read_reg;
    reg [DEPTH_LOG2:0]   count_reg;
    reg [W-1:0]          data_reg;
    reg                  valid_reg;

    wire take  = s_valid && s_ready;
    wire room  = !valid_reg || m_ready;
    wire empty = count_reg == 0;
    wire push  = take && !(room && empty);
    wire pop   = room && !empty;

    assign s_ready = !count_reg[DEPTH_LOG2];
    assign m_data  = data_reg;
    assign m_valid = valid_reg;

    always @(posedge aclk) begin
        if (!aresetn) begin
            write_reg <= 0;
            read_reg  <= 0;
            count_reg <= 0;
            valid_reg <= 1'b0;
        end else begin
            write_reg <= write_reg + DEPTH_LOG2'(push);
            read_reg  <= read_reg + DEPTH_LOG2'(pop);
            count_reg <= count_reg + (DEPTH_LOG2+1)'(push) - (DEPTH_LOG2+1)'(pop);
            if (room) valid_reg <= take || !empty;
        end
        if (push) memory[write_reg] <= s_data;
        if (room) data_reg <= empty ? s_data : memory[read_reg];
    end

`ifdef FORMAL_INSIDE
    assign f_inside = (DEPTH_LOG2+2)'(count_reg) + (DEPTH_LOG2+2)'(valid_reg);
`endif

`ifdef FORMAL
    reg past_ok = 1'b0;
    always @(posedge aclk) past_ok <= 1'b1;
    always @* assume (aresetn == past_ok);
    always @(posedge aclk) if (past_ok && $past(aresetn)) begin
        if ($past(s_valid && !s_ready)) u_s: assume (s_valid && $stable(s_data));
        if ($past(m_valid && !m_ready)) a_holds: assert (m_valid && $stable(m_data));
    end
    reg [DEPTH_LOG2+1:0] inside = 0;
    always @(posedge aclk)
        inside <= !aresetn ? 0
            : inside + (DEPTH_LOG2+2)'(take) - (DEPTH_LOG2+2)'(m_valid && m_ready);
    always @(posedge aclk) if (past_ok && aresetn) begin
        a_conserves: assert (inside == (DEPTH_LOG2+2)'(count_reg) + (DEPTH_LOG2+2)'(valid_reg));
        a_bounded: assert (count_reg <= (DEPTH_LOG2+1)'(1 << DEPTH_LOG2));
        a_pointers: assert (count_reg[DEPTH_LOG2-1:0] == DEPTH_LOG2'(write_reg - read_reg));
        a_no_overflow: assert (!(push && count_reg[DEPTH_LOG2]));
        a_output_first: assert (empty || valid_reg);
        c_full: cover (count_reg[DEPTH_LOG2]);
    end
    // One marked beat is followed through: it leaves after those that were in front of it.
    (* anyconst *) wire [W-1:0] mark;
    reg marked = 1'b0, gone = 1'b0;
    reg [DEPTH_LOG2+1:0] ahead = 0;
    wire leaves = m_valid && m_ready;
    always @(posedge aclk) if (past_ok && aresetn) begin
        if (!marked && take && s_data == mark) begin
            marked <= 1'b1;
            ahead <= inside - (DEPTH_LOG2+2)'(leaves);
        end else if (marked && !gone && leaves) begin
            ahead <= ahead - 1'b1;
            if (ahead == 0) gone <= 1'b1;
        end
        if (marked && !gone && leaves && ahead == 0) a_order: assert (m_data == mark);
        if (marked && !gone) begin
            a_mark_inside: assert (ahead < inside);
            a_mark_place: assert ((ahead == 0 ? data_reg
                : memory[DEPTH_LOG2'(read_reg + DEPTH_LOG2'(ahead) - 1'b1)]) == mark);
        end
    end
`endif
endmodule
`default_nettype wire
