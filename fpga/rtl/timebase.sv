// Time of the fabric: counts NS_PER_CLOCK nanoseconds a clock. Reset: 0. Wraps after 584 years.
`default_nettype none
module tp_timebase #(
    parameter integer NS_PER_CLOCK = 5   // at 200 MHz
) (
    input  wire        aclk,
    input  wire        aresetn,
    output reg  [63:0] now_ns
);
    always @(posedge aclk) begin
        if (!aresetn) now_ns <= 64'd0;
        else now_ns <= now_ns + 64'(NS_PER_CLOCK);
    end

`ifdef FORMAL
    // time is the clocks since the last reset, times NS_PER_CLOCK
    reg        past = 1'b0;
    reg [63:0] clocks;
    always @(posedge aclk) begin
        past <= 1'b1;
        clocks <= aresetn ? clocks + 64'd1 : 64'd0;
    end
    always @* if (!past) assume (!aresetn);
    always @(posedge aclk) if (past) begin
        a_time: assert (now_ns == clocks * 64'(NS_PER_CLOCK));
        if ($past(!aresetn)) a_reset: assert (now_ns == 64'd0);
        else a_step: assert (now_ns - $past(now_ns) == 64'(NS_PER_CLOCK));
        c_runs: cover (now_ns == 64'd30);
        c_again: cover ($past(now_ns) == 64'd20 && now_ns == 64'd0);
    end
`endif
endmodule
`default_nettype wire
