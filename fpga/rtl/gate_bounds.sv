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

`ifdef FORMAL
    localparam integer FW = XW + DW + PW + 2;
    reg f_past = 1'b0;
    always @(posedge aclk) f_past <= 1'b1;
    always @* assume (aresetn == f_past);

    // as the gate uses it
    wire [FW-1:0] f_d_now = FW'(d) + FW'(d_plus);
    always @* if (start) begin
        u_idle: assume (!busy);
        u_d: assume (f_d_now != 0 && f_d_now < 1 << DW);
        u_steps: assume (div_steps >= 1 && div_steps <= XW
            && (mul_steps == 0 || mul_steps == div_steps));
        if (mul_steps != 0)
            u_mul: assume (remainder == 0 && FW'(p) <= f_d_now && FW'(x) >> mul_steps == 0);
        else
            u_div: assume (x << div_steps == 0);
    end
    always @(posedge aclk) if (f_past && $past(start || busy) && !start)
        u_steady: assume ($stable(p) && $stable(d) && $stable(d_plus));

    reg [FW-1:0] f_d, f_p;         // as the operation began
    reg [FW-1:0] f_x, f_whole;     // x, and {remainder, x} as the division began
    reg [CW-1:0] f_mul, f_div;
    reg          f_done = 1'b0;    // an operation was started since reset
    wire [CW-1:0] f_i = f_mul - mul_reg;   // steps done
    wire [CW-1:0] f_j = f_div - div_reg;
    wire [FW-1:0] f_now = {{(FW-XW-DW){1'b0}}, rem_reg, x_reg};
    wire [FW-1:0] f_ones = {FW{1'b1}};
    wire [FW-1:0] f_part = f_x & ~(f_ones << f_i);   // low bits of x that were used
    wire [FW-1:0] f_quotient = FW'(x_reg) & ~(f_ones << f_j);
    always @(posedge aclk) begin
        if (start) begin
            f_x <= FW'(x);
            f_d <= f_d_now;
            f_p <= FW'(p);
            f_mul <= mul_steps;
            f_div <= div_steps;
            f_whole <= FW'({remainder, x});
            f_done <= 1'b1;
        end else if (muls_reg && mul_reg == 1)
            f_whole <= FW'({sum[DW:0], x_reg[XW-1:1]});
        if (!aresetn) f_done <= 1'b0;
    end
    always @(posedge aclk) if (f_past && aresetn && f_done) begin
        a_steps: assert (f_div >= 1 && f_div <= XW && (f_mul == 0 || f_mul == f_div)
            && f_d != 0 && f_d < 1 << DW);
        if (busy) a_steady: assert (f_d == f_d_now && f_p == FW'(p));
        a_phase: assert (muls_reg == (mul_reg != 0 && mul_reg <= f_mul && f_mul != 0)
            && mul_reg <= f_mul && div_reg <= f_div && (!muls_reg || div_reg == f_div)
            && (!busy || divs_reg) && divs_reg == (div_reg != 0));
        if (f_mul != 0) a_mul_fits: assert (f_p <= f_d && f_x >> f_mul == 0);
        if (muls_reg) begin
            a_product: assert (f_now >> (XW - f_i) == f_part * f_p);
            a_rest: assert ((FW'(x_reg) & ~(f_ones << (XW - f_i))) == f_x >> f_i);
        end else begin
            if (f_mul != 0) a_whole: assert (f_whole >> (XW - f_mul) == f_x * f_p
                && f_whole >> XW < f_d && (f_whole & ~(f_ones << (XW - f_mul))) == 0);
            else a_given: assert (f_whole << f_div == (f_whole << f_div) >> XW << XW);
            if (f_whole >> XW < f_d) begin
                a_remainder: assert (FW'(rem_reg) < f_d);
                a_division: assert (f_quotient * f_d + FW'(rem_reg) == f_whole >> (XW - f_j));
                a_left: assert (x_reg >> f_j == XW'(XW'(f_whole << f_j) >> f_j));
            end else if (f_j == 0) a_unchanged: assert (f_now == f_whole);
            else a_too_large: assert (x_reg[f_j - 1]);
        end
        if (!busy && f_mul != 0) a_part: assert (FW'(q) == f_x * f_p / f_d);
        if (!busy && f_mul == 0 && f_whole >> XW < f_d)
            a_quotient: assert (f_quotient == (f_whole >> (XW - f_div)) / f_d);
        c_part: cover (!busy && f_mul != 0 && q == 5);
        c_quotient: cover (!busy && f_mul == 0 && q == 5);
    end
`endif
endmodule
`default_nettype wire
