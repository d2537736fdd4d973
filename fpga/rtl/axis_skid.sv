// Skid buffer of one beat: breaks the path of ready, passes data through in the same clock.
//
// Latency 0 clocks; s_ready is a register. A beat that meets a receiver which is not ready is kept
// and offered until it is taken. Reset: empty, not ready for one clock. It cannot overflow.
`default_nettype none
module tp_axis_skid #(
    parameter integer W = 64   // bits of a beat: data, keep, last and user together
) (
    input  wire         aclk,
    input  wire         aresetn,
    input  wire [W-1:0] s_data,
    input  wire         s_valid,
    output wire         s_ready,
    output wire [W-1:0] m_data,
    output wire         m_valid,
    input  wire         m_ready
);
    reg         ready_reg, kept_reg;
    reg [W-1:0] data_reg;

    assign s_ready = ready_reg;
    assign m_valid = kept_reg || (s_valid && ready_reg);
    assign m_data  = kept_reg ? data_reg : s_data;

    always @(posedge aclk) begin
        if (!aresetn) begin
            kept_reg  <= 1'b0;
            ready_reg <= 1'b0;
        end else begin
            kept_reg  <= m_valid && !m_ready;
            ready_reg <= !(m_valid && !m_ready);
        end
        if (s_valid && s_ready) data_reg <= s_data;
    end

`ifdef FORMAL
    reg past_ok = 1'b0;
    always @(posedge aclk) past_ok <= 1'b1;
    always @* assume (aresetn == past_ok);
    always @(posedge aclk) if (past_ok && $past(aresetn)) begin
        if ($past(s_valid && !s_ready)) u_s: assume (s_valid && $stable(s_data));
    end
    reg [1:0] inside = 2'd0;
    always @(posedge aclk)
        inside <= !aresetn ? 2'd0 : inside + 2'(s_valid && s_ready) - 2'(m_valid && m_ready);
    always @(posedge aclk) if (past_ok && $past(aresetn)) begin
        if ($past(m_valid && !m_ready)) a_holds: assert (m_valid && $stable(m_data));
    end
    always @(posedge aclk) if (past_ok && aresetn) begin
        a_conserves: assert (inside == 2'(kept_reg));
        a_no_room_no_ready: assert (!(kept_reg && ready_reg));
        c_kept: cover (kept_reg && $past(kept_reg));
    end
`endif
endmodule
`default_nettype wire
