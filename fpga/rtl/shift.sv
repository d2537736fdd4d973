// tp_shift: the complement of a signed number shifted right by 0 to 7: what an adder with a carry
// in takes to subtract it. Combinational.
//
// A module of its own so that a synthesis flow whose mapper does not use the wide multiplexers of
// its cells for this can be given them (fpga/synth/shift_ecp5.sv).
`default_nettype none
module tp_shift #(
    parameter integer W = 28
) (
    input  wire signed [W-1:0] number,
    input  wire [2:0]          by,
    output wire [W-1:0]        less
);
    wire signed [W-1:0] shifted = number >>> by;
    assign less = ~shifted;

`ifdef FORMAL_ALONE
`include "shift_proof.svh"
`endif
endmodule
`default_nettype wire
