// tp_carry_save for the ECP5 flow: two look-up tables a bit, behind `takes`.
//
// It takes the place of fpga/rtl/carry_save.sv. Same ports, T of 1 or 2. It is for place and route
// only and is never simulated; fpga/formal/carry_save.sby proves it.
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
    genvar i;
    generate for (i = 0; i < W; i = i + 1) begin : bits
        wire three, most;
        LUT4 #(.INIT(16'h9666)) odd (.A(a[i]), .B(b[i]), .C(c[i]), .D(takes[0]), .Z(three));
        LUT4 #(.INIT(16'hE888)) two (.A(a[i]), .B(b[i]), .C(c[i]), .D(takes[0]), .Z(most));
        if (T == 1) begin : one
            assign {sum[i], carry[i]} = {three, most};
        end else begin : both
            wire other, all;
            LUT4 #(.INIT(16'h6666)) unlike (.A(a[i]), .B(b[i]), .C(1'b0), .D(1'b0), .Z(other));
            LUT4 #(.INIT(16'h8888)) alike (.A(a[i]), .B(b[i]), .C(1'b0), .D(1'b0), .Z(all));
            PFUMX of_sum (.ALUT(three), .BLUT(other), .C0(takes[1]), .Z(sum[i]));
            PFUMX of_carry (.ALUT(most), .BLUT(all), .C0(takes[1]), .Z(carry[i]));
        end
    end endgenerate

`ifdef FORMAL_ALONE
`include "carry_save_proof.svh"
`endif
endmodule
`default_nettype wire
