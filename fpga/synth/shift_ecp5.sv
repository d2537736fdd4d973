// tp_shift for the ECP5 flow: eight to one in the two slices of a wide multiplexer, which yosys
// spreads over three levels of look-up tables.
//
// It takes the place of fpga/rtl/shift.sv. Same ports. It is for place and route only and is never
// simulated; fpga/formal/shift.sby proves it.
`default_nettype none
module tp_shift #(
    parameter integer W = 28
) (
    input  wire signed [W-1:0] number,
    input  wire [2:0]          by,
    output wire [W-1:0]        less
);
    wire [W+6:0] x = {{7{number[W-1]}}, number};
    genvar i, k;
    generate for (i = 0; i < W; i = i + 1) begin : bits
        wire [3:0] two;
        wire [1:0] four;
        for (k = 0; k < 4; k = k + 1) begin : pairs
            LUT4 #(.INIT(16'h3535)) choose (
                .A(x[i+2*k]), .B(x[i+2*k+1]), .C(by[0]), .D(1'b0), .Z(two[k])
            );
        end
        for (k = 0; k < 2; k = k + 1) begin : fours
            PFUMX choose (.ALUT(two[2*k+1]), .BLUT(two[2*k]), .C0(by[1]), .Z(four[k]));
        end
        L6MUX21 choose (.D0(four[0]), .D1(four[1]), .SD(by[2]), .Z(less[i]));
    end endgenerate

`ifdef FORMAL_ALONE
`include "shift_proof.svh"
`endif
endmodule
`default_nettype wire
