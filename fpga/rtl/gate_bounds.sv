// Sequential arithmetic of the gate: x * p by adding, then a division by d, a bit a clock, no DSP.
//
// `start` takes x, p, d, the first remainder and both step counts. `mul_steps` clocks multiply the
// low bits of x by p: the product then stands in {remainder, top of x}. `div_steps` clocks divide
// {remainder, x} by d + d_plus, a quotient bit each, shifted into x from below. Latency:
// mul_steps + div_steps + 1 clocks from `start` until `busy` is low and `q` holds. The caller keeps
// d, p steady meanwhile. A quotient bit that is too many shows in the bit above those wanted; the
// bits below are then meaningless. Reset: not busy.
`default_nettype none
module tp_gate_bounds #(
    parameter integer XW = 64,   // bits of x
    parameter integer DW = 24,   // bits of d
    parameter integer PW = 16,   // bits of p, at most DW
    parameter integer CW = 7     // bits of the step counts
) (
    input  wire          aclk,
    input  wire          aresetn,
    input  wire          start,
    input  wire [CW-1:0] mul_steps,
    input  wire [CW-1:0] div_steps,
    input  wire [XW-1:0] x,
    input  wire [DW-1:0] remainder,
    input  wire [PW-1:0] p,
    input  wire [DW-1:0] d,
    input  wire          d_plus,
    output wire          busy,
    output wire [XW-1:0] q
);
    reg [XW-1:0] x_reg;
    reg [DW-1:0] rem_reg;
    reg [CW-1:0] mul_reg, div_reg;
    reg          muls_reg, divs_reg;   // steps of the kind are left

    // one adder for both: rem + p, or 2 * rem + next bit - d
    wire [DW+1:0] base  = muls_reg ? {2'b00, rem_reg} : {1'b0, rem_reg, x_reg[XW-1]};
    wire [DW+1:0] added = x_reg[0] ? {{(DW+2-PW){1'b0}}, p} : {(DW+2){1'b0}};
    wire [DW+1:0] term  = muls_reg ? added : ~{2'b00, d};
    wire          carry = !muls_reg && !d_plus;
    wire [DW+1:0] sum   = base + term + {{(DW+1){1'b0}}, carry};
    wire          fits  = !sum[DW+1];

    assign busy = muls_reg || divs_reg;
    assign q = x_reg;

    always @(posedge aclk) begin
        if (start) begin
            x_reg <= x;
            rem_reg <= remainder;
            mul_reg <= mul_steps;
            div_reg <= div_steps;
        end else if (muls_reg) begin
            {rem_reg, x_reg} <= {sum[DW:0], x_reg[XW-1:1]};
            mul_reg <= mul_reg - 1'b1;
        end else if (divs_reg) begin
            rem_reg <= fits ? sum[DW-1:0] : base[DW-1:0];
            x_reg <= {x_reg[XW-2:0], fits};
            div_reg <= div_reg - 1'b1;
        end
        if (!aresetn) begin
            muls_reg <= 1'b0;
            divs_reg <= 1'b0;
        end else if (start) begin
            muls_reg <= mul_steps != 0;
            divs_reg <= div_steps != 0;
        end else if (muls_reg) muls_reg <= mul_reg != 1;
        else if (divs_reg) divs_reg <= div_reg != 1;
    end
endmodule
`default_nettype wire
