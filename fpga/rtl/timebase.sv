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
endmodule
`default_nettype wire
