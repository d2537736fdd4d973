// The gate's bounds, computed and kept: a bit a clock, one adder a kind, no DSP.
//
// `start` takes `what`, which stays until `busy` is low, as do the inputs it reads:
//   0  ceiling = floor(equity * equity_ppm / PPM), at most 2^BW - 1; equity_zero. 2 EQUITY_W + 4
//   1  collar = floor(ref2 * collar_ppm / PPM). 2 REF_W + 4
//   2  lots = floor(ceiling / ceil(ref2 / 2)). LOTS_W + 3
//   3  lots = floor(ceiling / price). LOTS_W + 3
// each with its clocks from `start` until `busy` is low and the result stands. A quotient past
// LOTS_W bits gives lots of all ones, and lots_cut. The ceiling stays inside. A result changes
// while it is computed. Parts are at most PPM, what is divided by is not 0.
//
// How: a product is made from its low end, its bits go into a small memory and come back from the
// high end as what is divided. The division keeps no quotient digit it would have to undo: the
// remainder may be below 0, and then d is added at the next step.
//
// Reset: not busy, ceiling 0, equity_zero.
`default_nettype none
module tp_gate_bounds #(
    parameter integer EQUITY_W = 64,
    parameter integer PRICE_W = 24,
    parameter integer LOTS_W = 24,
    parameter integer PPM = 1000000,
    parameter integer PW = 16,        // bits of parts
    parameter integer DW = 24,        // bits of what is divided by: PPM, a price; more than PW
    parameter integer AW = 6          // bits of the step count: up to EQUITY_W - 1
) (
    input  wire                aclk,
    input  wire                aresetn,
    input  wire                start,
    input  wire [1:0]          what,
    input  wire [EQUITY_W-1:0] equity,
    input  wire [PW-1:0]       equity_ppm,
    input  wire [PW-1:0]       collar_ppm,
    input  wire [PRICE_W:0]    ref2,
    input  wire [PRICE_W-1:0]  price,
    output wire                busy,
    output reg                 equity_zero,
    output reg  [PRICE_W:0]    collar,
    output reg  [LOTS_W-1:0]   lots,
    output wire                lots_cut
);
    localparam integer REF_W = PRICE_W + 1;
    localparam integer BW = PRICE_W + LOTS_W;
    localparam integer XN = 2**AW;
    localparam integer GN = XN / 4;
    localparam [1:0] EQUITY = 2'd0, COLLAR = 2'd1, AT_REFERENCE = 2'd2;

    reg                group_reg, fetch_reg, mul_reg, turn_reg, div_reg;   // one after the other
    reg                last_reg;      // of a product's steps
    reg [AW-1:0]       at_reg;
    reg                of_equity_reg, product_reg;   // what was started
    reg                div_equity_reg, div_collar_reg, div_lots_reg;   // the division is of
    reg [3:0]          equity_group_reg, ref2_group_reg;   // the next bit is one of these
    reg [1:0]          group_at_reg;
    reg                equity_bit_reg, ref2_bit_reg;   // in a product, 0 of what is not asked
    reg                past_reg;      // a digit that does not fit the quotient comes
    reg                next_reg;      // bit that is divided next
    reg [PW-1:0]       high_reg;      // the product so far, above the bits in memory
    reg [DW:0]         d_reg;         // its complement while the remainder is below 0; or 0
    reg                carry_reg;
    reg [DW-1:0]       rest_reg;      // signed, the sign is that of d_reg
    reg                full_reg;      // the quotient does not fit: ones follow
    reg [BW-1:0]       ceiling_reg;   // its low part turns once around in a division
    reg                low [0:XN-1];   // bit k of the product at k + 2

    wire of_equity = what == EQUITY;
    wire product = !what[1];

    // Sums are written as differences with the complement: Yosys then leaves the first number at
    // the carries as it is, where it might put the one that takes a LUT. A bit below carries in.
    // ------------------------------------------------------------ product
    wire [XN-1:0] equity_bits = XN'(equity);
    wire [XN-1:0] ref2_bits = XN'(ref2);
    wire [PW-1:0] part = (equity_ppm & {PW{equity_bit_reg}}) | (collar_ppm & {PW{ref2_bit_reg}});
    // verilator lint_off UNUSEDSIGNAL
    wire [PW+1:0] sum = {1'b0, high_reg, 1'b0} - {1'b1, ~part, 1'b1};
    // verilator lint_on UNUSEDSIGNAL
    wire          mul_last = mul_reg && last_reg;

    // ------------------------------------------------------------ division
    wire          d_more = what == AT_REFERENCE && ref2[0];
    wire [DW+1:0] rest = {rest_reg, next_reg, carry_reg} - {d_reg, 1'b1};
    wire          rest_below = rest[DW+1];
    wire [DW-1:0] d = product_reg ? DW'(PPM)
        : what == AT_REFERENCE ? DW'(ref2[REF_W-1:1]) : DW'(price);
    wire          digit = !rest_below || full_reg;
    wire          div_last = at_reg == AW'(1);
    wire          up = group_reg || fetch_reg || (mul_reg && !mul_last);
    wire          down = turn_reg || div_reg;
    wire          div_next = turn_reg || (div_reg && !div_last);

    assign busy = group_reg || fetch_reg || mul_reg || turn_reg || div_reg;
    assign lots_cut = full_reg;

    always @(posedge aclk) begin
        if (start) at_reg <= product ? AW'(0) : AW'(LOTS_W + 2);
        else at_reg <= at_reg + {{(AW-1){down}}, up || down};
        of_equity_reg <= of_equity;
        product_reg   <= product;
        group_at_reg <= at_reg[AW-1:AW-2];
        for (int i = 0; i < 4; i = i + 1) begin
            equity_group_reg[i] <= equity_bits[i*GN + 32'(at_reg[AW-3:0])];
            ref2_group_reg[i]   <= ref2_bits[i*GN + 32'(at_reg[AW-3:0])];
        end
        equity_bit_reg <= of_equity_reg && equity_group_reg[group_at_reg];
        ref2_bit_reg   <= !of_equity_reg && ref2_group_reg[group_at_reg];
        next_reg <= product_reg ? low[at_reg] : ceiling_reg[div_reg ? LOTS_W - 1 : LOTS_W];
        last_reg <= at_reg == (of_equity_reg ? AW'(EQUITY_W) : AW'(REF_W));
        if (mul_reg) low[at_reg] <= sum[1];
        d_reg     <= div_reg || turn_reg ? {1'b0, d} ^ {(DW+1){rest_below}} : 0;
        carry_reg <= !(div_reg || turn_reg) || rest_below == d_more;
        if (start) high_reg <= 0;
        else if (mul_reg) high_reg <= sum[PW+1:2];
        if (div_reg) rest_reg <= rest[DW:1];
        else rest_reg <= product_reg ? DW'(high_reg) : DW'(ceiling_reg[BW-1:LOTS_W+1]);
        past_reg <= turn_reg ? (of_equity_reg ? EQUITY_W > BW : !product_reg)
            : past_reg && of_equity_reg && at_reg != AW'(BW + 1);
        full_reg <= !start && (full_reg || (div_reg && past_reg && !rest_below));
        if (div_collar_reg) collar <= {collar[REF_W-2:0], digit};
        if (div_lots_reg) lots <= {lots[LOTS_W-2:0], digit};
        if (!aresetn) begin
            group_reg   <= 1'b0;
            fetch_reg   <= 1'b0;
            mul_reg     <= 1'b0;
            turn_reg    <= 1'b0;
            div_reg     <= 1'b0;
            div_equity_reg <= 1'b0;
            div_collar_reg <= 1'b0;
            div_lots_reg   <= 1'b0;
            equity_zero <= 1'b1;
            ceiling_reg <= 0;
        end else begin
            group_reg <= start && product;
            fetch_reg <= group_reg;
            mul_reg   <= fetch_reg || (mul_reg && !mul_last);
            turn_reg  <= (start && !product) || mul_last;
            div_reg   <= div_next;
            div_equity_reg <= div_next && of_equity;
            div_collar_reg <= div_next && what == COLLAR;
            div_lots_reg   <= div_next && !product;
            if (of_equity && (start || (mul_reg && equity_bit_reg))) equity_zero <= start;
            if (div_equity_reg) ceiling_reg <= {ceiling_reg[BW-2:0], digit};
            else if (div_lots_reg)
                ceiling_reg[LOTS_W:0] <= {ceiling_reg[LOTS_W-1:0], ceiling_reg[LOTS_W]};
        end
    end

`ifdef FORMAL
    localparam integer FW = EQUITY_W + DW + PW + 2;
    wire below = d_reg[DW];
    reg f_past = 1'b0;
    always @(posedge aclk) f_past <= 1'b1;
    always @* assume (aresetn == f_past);

    // as the gate uses it
    always @* if (start) begin
        u_idle: assume (!busy);
        u_parts: assume (FW'(equity_ppm) <= PPM && FW'(collar_ppm) <= PPM);
        u_ref: assume (ref2 != 0 && !(&ref2));
        u_price: assume (price != 0);
    end
    always @(posedge aclk) if (f_past && $past(start || busy) && !start)
        u_steady: assume ($stable(what) && $stable(equity) && $stable(equity_ppm)
            && $stable(collar_ppm) && $stable(ref2) && $stable(price));

    // the operation as it began, and the quotient's digits so far
    reg          f_done = 1'b0;    // one was started since reset
    reg [1:0]    f_what;
    reg [FW-1:0] f_x, f_p, f_d, f_whole, f_q;
    reg [BW-1:0] f_ceiling;        // before it
    reg [AW:0]   f_n;
    wire [FW-1:0] f_p_now = of_equity ? FW'(equity_ppm) : FW'(collar_ppm);
    wire [FW-1:0] f_x_now = of_equity ? FW'(equity) : FW'(ref2);
    wire [FW-1:0] f_d_now = product ? FW'(PPM)
        : what == AT_REFERENCE ? (FW'(ref2) + 1) >> 1 : FW'(price);
    always @(posedge aclk) begin
        if (start) begin
            f_done <= 1'b1;
            f_what <= what;
            f_x <= f_x_now;
            f_p <= f_p_now;
            f_d <= f_d_now;
            f_whole <= product ? f_x_now * f_p_now : FW'(ceiling_reg);
            f_ceiling <= ceiling_reg;
            f_n <= of_equity ? (AW+1)'(EQUITY_W) : product ? (AW+1)'(REF_W) : (AW+1)'(LOTS_W + 1);
            f_q <= 0;
        end else if (div_reg) f_q <= {f_q[FW-2:0], !rest[DW+1]};
        if (!aresetn) f_done <= 1'b0;
    end
    wire [FW-1:0] f_ones = {FW{1'b1}};
    wire [AW-1:0] f_k = at_reg - 2'd2;           // steps of a product that are done
    wire [AW:0]   f_j = {at_reg == 0, at_reg};   // steps of a division that are left
    wire [AW:0]   f_m = f_n - f_j;               // and done
    wire [FW-1:0] f_low;                         // bits in memory, from 0 on
    genvar f_i;
    generate for (f_i = 0; f_i < XN; f_i = f_i + 1) begin : memory
        assign f_low[f_i] = low[(f_i + 2) % XN];
    end endgenerate
    assign f_low[FW-1:XN] = 0;
    wire [FW-1:0] f_rest = {{(FW-DW){below}}, rest_reg} + (below ? f_d : 0);
    wire [LOTS_W:0] f_turned = (f_ceiling[LOTS_W:0] << f_m) | (f_ceiling[LOTS_W:0] >> f_j);
    wire f_high = FW'(f_ceiling) >> (LOTS_W + 1) >= f_d;   // the lots are past one more bit
    wire [FW-1:0] f_lots = FW'(f_ceiling) / f_d;
    wire [FW-1:0] f_part = f_x * f_p / PPM;
    wire [FW-1:0] f_done_digits = ~(f_ones << f_m);

    always @(posedge aclk) if (f_past && aresetn) begin
        a_phase: assert ((!busy || f_done)
            && 3'(group_reg) + 3'(fetch_reg) + 3'(mul_reg) + 3'(turn_reg) + 3'(div_reg) <= 3'd1);
        a_kinds: assert (div_equity_reg == (div_reg && f_what == EQUITY)
            && div_collar_reg == (div_reg && f_what == COLLAR)
            && div_lots_reg == (div_reg && f_what[1]));
        if (f_done) a_began: assert (f_d != 0 && f_d < 1 << DW && f_p <= PPM
            && f_n == (f_what == EQUITY ? EQUITY_W : f_what == COLLAR ? REF_W : LOTS_W + 1)
            && (f_what[1] ? f_whole == FW'(f_ceiling) : f_whole == f_x * f_p && f_d == PPM)
            && f_x >> f_n == 0);
        if (busy) a_steady: assert (what == f_what && (!product
            || (f_p_now == f_p && f_x == f_x_now)) && f_d == f_d_now
            && of_equity_reg == of_equity && product_reg == product);
        if (group_reg || fetch_reg) a_fetch: assert (product && at_reg == AW'(fetch_reg)
            && high_reg == 0 && !full_reg && f_q == 0);
        if (fetch_reg || (mul_reg && !last_reg)) a_group: assert (
            equity_group_reg[group_at_reg] == equity_bits[AW'(at_reg - 1'b1)]
            && ref2_group_reg[group_at_reg] == ref2_bits[AW'(at_reg - 1'b1)]);
        if (mul_reg) begin
            a_last: assert (last_reg == ({1'b0, f_k} + 1'b1 == f_n));
            a_mul: assert (product && {1'b0, f_k} < f_n && !full_reg && f_q == 0);
            a_product: assert ((FW'(high_reg) << f_k) + (f_low & ~(f_ones << f_k))
                == (f_x & ~(f_ones << f_k)) * f_p);
            a_high: assert (high_reg == 0 || FW'(high_reg) < f_p);
            a_bit: assert (equity_bit_reg == (of_equity && f_x[f_k])
                && ref2_bit_reg == (!of_equity && f_x[f_k]));
        end
        if (busy && !div_reg) a_rises: assert (!rest_reg[DW-1] && d_reg == 0 && carry_reg);
        if (turn_reg) begin
            a_turn: assert (at_reg == AW'(f_n + 1'b1) && !full_reg && f_q == 0);
            if (product) a_whole: assert (FW'(high_reg) < f_d
                && (FW'(high_reg) << f_n) + (f_low & ~(f_ones << f_n)) == f_whole);
            else a_as_was: assert (ceiling_reg == f_ceiling);
        end
        if (div_reg) begin
            a_div: assert (f_j <= f_n && carry_reg == (below == d_more)
                && (FW'(d_reg) ^ FW'({(DW+1){below}})) == (f_d_now - FW'(d_more)));
            a_too_high: assert (past_reg == (of_equity ? f_j > BW
                : !product && f_j == LOTS_W + 1));
            a_next: assert (next_reg == f_whole[AW'(at_reg - 1'b1)]);
            if (product) a_low: assert ((f_low & ~(f_ones << (f_j - 1'b1)))
                == (f_whole & ~(f_ones << (f_j - 1'b1))));
            if (product || !f_high) begin
                a_rest: assert (f_rest < f_d);
                a_division: assert (f_q * f_d + f_rest == f_whole >> f_j);
                a_full: assert (full_reg == (what == COLLAR ? 1'b0
                    : (f_q << f_j) >> (of_equity ? BW : LOTS_W) != 0));
                a_digits: assert (f_q >> f_m == 0);
            end else a_past: assert (f_m == 0 ? !below && !full_reg
                && FW'(rest_reg) == FW'(f_ceiling) >> (LOTS_W + 1) : full_reg);
            if (of_equity && f_j < BW) a_ceiling_part: assert (
                ((FW'(ceiling_reg) ^ (full_reg ? f_ones : f_q)) & ~(f_ones << (BW - f_j))) == 0);
            if (what == COLLAR)
                a_collar_part: assert (((FW'(collar) ^ f_q) & f_done_digits) == 0);
            if (!product) begin
                a_lots_part: assert (((FW'(lots) ^ (full_reg ? f_ones : f_q)) & f_done_digits
                    & ~(f_ones << LOTS_W)) == 0);
                a_turned: assert (ceiling_reg == {f_ceiling[BW-1:LOTS_W+1], f_turned});
            end
        end
        if (f_done && f_what == EQUITY) a_zero_part: assert (equity_zero == (group_reg || fetch_reg
            || (mul_reg ? (f_x & ~(f_ones << f_k)) == 0 : f_x == 0)));
        // what it is for
        if (f_done && !busy) begin
            if (f_what == EQUITY) begin
                a_ceiling: assert (FW'(ceiling_reg)
                    == (f_part >> BW != 0 ? (1 << BW) - 1 : f_part));
                a_zero: assert (equity_zero == (f_x == 0));
            end
            if (f_what == COLLAR) a_collar: assert (FW'(collar) == f_part);
            if (f_what[1]) begin
                a_lots: assert (FW'(lots) == (f_lots >> LOTS_W != 0 ? (1 << LOTS_W) - 1 : f_lots));
                a_cut: assert (lots_cut == (f_lots >> LOTS_W != 0));
                a_kept: assert (ceiling_reg == f_ceiling);
            end
        end
        if ($past(aresetn && !div_reg))
            a_holds: assert ($stable(ceiling_reg) && $stable(collar) && $stable(lots));
        c_ceiling: cover (f_done && !busy && f_what == EQUITY && &ceiling_reg && f_x == 200);
        c_collar: cover (f_done && !busy && f_what == COLLAR && collar == 3);
        c_lots: cover (f_done && !busy && f_what[1] && lots == 5 && !lots_cut);
        c_cut: cover (f_done && !busy && f_what[1] && lots_cut);
    end
`endif
endmodule
`default_nettype wire
