// tp_reciprocal: round(2^18 / (129 + 2 m)) for m of 6 bits, a table. Combinational.
//
// A module of its own so that a synthesis flow whose mapper shares parts of it among the bits, at
// the price of levels, can be given a table a bit (fpga/synth/reciprocal_ecp5.sv).
`default_nettype none
module tp_reciprocal (
    input  wire [5:0]  m,
    output wire [10:0] reciprocal
);
    function automatic [10:0] rounded(input [5:0] of);
        rounded = 11'((524288 + 129 + 2 * {26'd0, of}) / (2 * (129 + 2 * {26'd0, of})));
    endfunction
    (* rom_style = "logic" *) reg [10:0] values [0:63];
    initial for (int i = 0; i < 64; i = i + 1) values[i] = rounded(i[5:0]);
    assign reciprocal = values[m];

`ifdef FORMAL_ALONE
`include "reciprocal_proof.svh"
`endif
endmodule
`default_nettype wire
