// tp_reciprocal for the ECP5 flow: a table of 64 places for every bit.
//
// It takes the place of fpga/rtl/reciprocal.sv. Same ports. It is for place and route only and is
// never simulated; fpga/formal/reciprocal.sby proves it.
`default_nettype none
module tp_reciprocal (
    input  wire [5:0]  m,
    output wire [10:0] reciprocal
);
    // bit `k` of the values from 16 * quarter on
    function automatic [15:0] column(input integer k, input integer quarter);
        integer i, divisor;
        for (i = 0; i < 16; i = i + 1) begin
            divisor = 129 + 2 * (16 * quarter + i);
            column[i] = 1'(((524288 + divisor) / (2 * divisor)) >> k);
        end
    endfunction
    genvar k, q;
    generate for (k = 0; k < 11; k = k + 1) begin : bits
        wire [3:0] quarter;
        wire [1:0] half;
        for (q = 0; q < 4; q = q + 1) begin : quarters
            LUT4 #(.INIT(column(k, q))) values (
                .A(m[0]), .B(m[1]), .C(m[2]), .D(m[3]), .Z(quarter[q])
            );
        end
        for (q = 0; q < 2; q = q + 1) begin : halves
            PFUMX choose (.ALUT(quarter[2*q+1]), .BLUT(quarter[2*q]), .C0(m[4]), .Z(half[q]));
        end
        L6MUX21 choose (.D0(half[0]), .D1(half[1]), .SD(m[5]), .Z(reciprocal[k]));
    end endgenerate

`ifdef FORMAL_ALONE
`include "reciprocal_proof.svh"
`endif
endmodule
`default_nettype wire
