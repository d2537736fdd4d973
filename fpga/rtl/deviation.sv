// tp_deviation: mid less the EMA of the mids before it, in 2^-14 ticks, without holding either.
//
//   deviation += 2^13 * change of 2 mid - round(deviation / 2^shift)        half rounds up
//
// A change is left out (the average moves along with the mid) when it is a jump, or when it would
// carry the deviation further past 2^26: so 28 bits never overflow. Latency 1 clock, one event a
// clock: the loop is one shift, one carry-save row and one adder. Reset: 0.
`default_nettype none
// rounding down leaves bits behind
/* verilator lint_off UNUSEDSIGNAL */
module tp_deviation #(
    parameter integer SHIFT_MIN = 1
) (
    input  wire               aclk,
    input  wire               aresetn,
    input  wire               valid,
    input  wire [2:0]         jump,         // any: the change is past 13 bits
    input  wire signed [12:0] change,       // of 2 mid, in ticks
    input  wire [2:0]         shift,        // added to SHIFT_MIN
    output reg  signed [27:0] deviation
);
    // one more bit below: the bit that rounds
    wire signed [28:0] widened = {deviation, 1'b0};
    wire signed [28:0] lowest = widened >>> SHIFT_MIN;
    wire [27:0] less;
    wire        odd;
    tp_shift #(.W(29)) u_shift (.number(lowest), .by(shift), .less({less, odd}));
    wire        past = change[12] ? deviation[27:26] == 2'b10 : deviation[27:26] == 2'b01;
    wire [1:0]  takes = {!past, !(|jump)};
    // the change has bits from 13 on: there three numbers become two
    wire [27:13] change_up = {{2{change[12]}}, change};
    wire [27:13] sum, carry;
    tp_carry_save #(.W(15), .T(2)) u_row (
        .a(deviation[27:13]), .b(less[27:13]), .c(change_up), .takes(takes),
        .sum(sum), .carry(carry)
    );
    // the bit below carries in
    wire [28:0] next = {sum, deviation[12:0], 1'b1} + {carry[26:13], 1'b0, less[12:0], odd};
    always @(posedge aclk)
        if (!aresetn) deviation <= 28'sd0;
        else if (valid) deviation <= next[28:1];

`ifdef FORMAL
    reg f_past = 1'b0;
    always @(posedge aclk) f_past <= 1'b1;
    wire signed [28:0] f_decay = 29'($signed(~less)) + $signed({28'd0, !odd});
    wire signed [28:0] f_more = $signed({{3{change[12]}}, change, 13'd0});
    wire signed [28:0] f_next = 29'(deviation) - f_decay + ((&takes) ? f_more : 29'sd0);
    reg signed [28:0]  f_want;
    always @(posedge aclk) if (valid && aresetn) f_want <= f_next;
    always @(posedge aclk) if (f_past && $past(aresetn)) begin
        // 28 bits hold what 29 would, and three quarters of them are never left
        if ($past(valid)) a_exact: assert (29'(deviation) == f_want);
        if (!$past(valid)) a_still: assert ($stable(deviation));
        a_width: assert (deviation < 28'sd100663296 && deviation >= -28'sd100663296);
        c_past: cover (past && $past(past) && $past(valid));
    end
    always @* if (!f_past) assume (!aresetn);
`endif
`ifdef FORMAL_ALONE
`include "deviation_proof.svh"
`endif
endmodule
/* verilator lint_on UNUSEDSIGNAL */
`default_nettype wire
