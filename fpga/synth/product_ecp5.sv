// tp_product for the ECP5 flow: the block's own output register, which yosys does not map itself.
//
// It takes the place of fpga/rtl/product.sv where both numbers fit 18 bits; wider ones are left to
// yosys. Same ports, same latency. It is for place and route only and is never simulated.
`default_nettype none
module tp_product #(
    parameter integer A = 18,
    parameter integer B = 18
) (
    input  wire                  aclk,
    input  wire signed [A-1:0]   a,
    input  wire signed [B-1:0]   b,
    output wire signed [A+B-1:0] product
);
    generate if (A <= 18 && B <= 18) begin : block
    wire [17:0] x = {{(18-A){a[A-1]}}, a};
    wire [17:0] y = {{(18-B){b[B-1]}}, b};
    wire [35:0] p;
    MULT18X18D #(
        .REG_OUTPUT_CLK("CLK0"), .REG_OUTPUT_CE("CE0"), .REG_OUTPUT_RST("RST0"),
        .SOURCEB_MODE("B_SHIFT")
    ) multiplier (
        .SIGNEDA(1'b1), .SIGNEDB(1'b1), .SOURCEA(1'b0), .SOURCEB(1'b0),
        .CLK0(aclk), .CE0(1'b1), .RST0(1'b0),
        .A0(x[0]), .A1(x[1]), .A2(x[2]), .A3(x[3]), .A4(x[4]), .A5(x[5]),
        .A6(x[6]), .A7(x[7]), .A8(x[8]), .A9(x[9]), .A10(x[10]), .A11(x[11]),
        .A12(x[12]), .A13(x[13]), .A14(x[14]), .A15(x[15]), .A16(x[16]), .A17(x[17]),
        .B0(y[0]), .B1(y[1]), .B2(y[2]), .B3(y[3]), .B4(y[4]), .B5(y[5]),
        .B6(y[6]), .B7(y[7]), .B8(y[8]), .B9(y[9]), .B10(y[10]), .B11(y[11]),
        .B12(y[12]), .B13(y[13]), .B14(y[14]), .B15(y[15]), .B16(y[16]), .B17(y[17]),
        .P0(p[0]), .P1(p[1]), .P2(p[2]), .P3(p[3]), .P4(p[4]), .P5(p[5]),
        .P6(p[6]), .P7(p[7]), .P8(p[8]), .P9(p[9]), .P10(p[10]), .P11(p[11]),
        .P12(p[12]), .P13(p[13]), .P14(p[14]), .P15(p[15]), .P16(p[16]), .P17(p[17]),
        .P18(p[18]), .P19(p[19]), .P20(p[20]), .P21(p[21]), .P22(p[22]), .P23(p[23]),
        .P24(p[24]), .P25(p[25]), .P26(p[26]), .P27(p[27]), .P28(p[28]), .P29(p[29]),
        .P30(p[30]), .P31(p[31]), .P32(p[32]), .P33(p[33]), .P34(p[34]), .P35(p[35])
    );
    assign product = p[A+B-1:0];
    end else begin : logic_cells
    reg signed [A+B-1:0] product_reg;
    always @(posedge aclk) product_reg <= a * b;
    assign product = product_reg;
    end endgenerate
endmodule
`default_nettype wire
