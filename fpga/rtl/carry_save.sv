// tp_carry_save: three numbers to two, the third where `takes` is all ones:
// a + b + c = sum + 2 carry. Combinational.
//
// A module of its own so that a synthesis flow whose mapper draws what comes before `takes` into
// every bit can be kept from it (fpga/synth/carry_save_ecp5.sv).
`default_nettype none
module tp_carry_save #(
    parameter integer W = 28,
    parameter integer T = 1
) (
    input  wire [W-1:0] a,
    input  wire [W-1:0] b,
    input  wire [W-1:0] c,
    input  wire [T-1:0] takes,
    output wire [W-1:0] sum,
    output wire [W-1:0] carry
);
    wire [W-1:0] taken = (&takes) ? c : {W{1'b0}};
    assign sum = a ^ b ^ taken;
    assign carry = (a & b) | (a & taken) | (b & taken);

`ifdef FORMAL_ALONE
`include "carry_save_proof.svh"
`endif
endmodule
`default_nettype wire
