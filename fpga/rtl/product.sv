// tp_product: a signed product in a register. Latency 1 clock, no reset.
//
// A module of its own so that a synthesis flow whose mapper leaves the register outside the
// multiplier block can put the block in its place (fpga/synth/product_ecp5.sv).
`default_nettype none
module tp_product #(
    parameter integer A = 25,
    parameter integer B = 18
) (
    input  wire                  aclk,
    input  wire signed [A-1:0]   a,
    input  wire signed [B-1:0]   b,
    output reg  signed [A+B-1:0] product
);
    always @(posedge aclk) product <= a * b;

`ifdef FORMAL_ALONE
`include "product_proof.svh"
`endif
endmodule
`default_nettype wire
