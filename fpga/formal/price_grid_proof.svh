// Properties of tp_price_grid at full width, included at its end when FORMAL is defined. One price,
// any, is followed from its load.
//
// Two tasks, because a solver that takes the stages' sums apart does not find the quotient in them:
// `prove` says what every stage holds, up to t = 8192 f - 8 f + 1024 x - x with f = 5 x, that is
// 41943 x. `quotient` takes that as given and x as 25 whole + part, so that t is
// 2^20 whole - whole + 41943 part, as 41943 * 25 = 2^20 - 1, and says what comes out.
`ifdef FORMAL_QUOTIENT
    (* anyconst *) wire [25:0] f_whole;
    (* anyconst *) wire [4:0]  f_part;
    (* anyconst *) wire [1:0]  f_low;      // of the price; a cent has none
    wire [30:0] f_x = {1'b0, f_whole, 4'd0} + {2'b0, f_whole, 3'd0} + 31'(f_whole) + 31'(f_part);
    always @* assume (f_part < 5'd25 && !f_x[30]);
    wire [31:0] f_price = {f_x[29:0], f_low};
    wire [45:0] f_t = {f_whole, 20'd0} - 46'(f_whole) + 46'd41943 * 46'(f_part);
`else
    (* anyconst *) wire [31:0] f_price;
`endif

    // clocks since the last load, when it was that of the followed price
    reg [2:0] f_age = 3'd0;
    reg       f_cents;
    always @(posedge aclk) begin
        if (load) begin
            f_age <= 3'(price == f_price);
            f_cents <= cents;
        end else if (f_age != 3'd0 && f_age != 3'd5) f_age <= f_age + 3'd1;
    end

`ifdef FORMAL_QUOTIENT
    wire f_good = f_cents ? f_part == 0 && f_low == 0 && f_whole != 0 && f_whole[25:24] == 0
                          : f_price != 0 && f_price < 1 << 24;
    always @* begin
        if (f_age >= 3'd1) assume (whole == !f_cents && off == (f_cents && f_low != 2'd0));
        if (f_age >= 3'd3) assume (raw3 == f_price && t == f_t);
    end
    always @(posedge aclk) begin
        if (f_age >= 3'd4) begin
            a_low: assert (low == f_x[5:0]);
            if (whole) a_plain: assert (ticks == f_price[23:0] && wide == (f_price[31:24] != 0));
            else if (f_part == 0) a_exact: assert (ticks == f_whole[23:0]
                && wide == (f_whole[25:24] != 0));
            else a_near: assert (ticks == f_whole[23:0] || ticks == f_whole[23:0] + 24'd1);
        end
        // the answer: a price is good exactly when it is on the grid, and then it is exact
        if (f_age == 3'd5) begin
            a_ok: assert (ok == f_good);
            if (ok) a_ticks: assert (32'(ticks) == (f_cents ? 32'(f_whole) : f_price));
        end
        c_cents: cover (f_age == 3'd5 && ok && f_cents && ticks == 24'hffffff);
        c_off: cover (f_age == 3'd5 && !ok && f_cents && f_part == 1);
        c_wide: cover (f_age == 3'd5 && !ok && !f_cents && f_price == 32'h01000000);
        c_plain: cover (f_age == 3'd5 && ok && !f_cents && ticks == 24'd1);
    end
`else
    function automatic [32:0] f_five(input [31:0] raw);
        f_five = {1'b0, raw[31:2], 2'b00} + {3'b000, raw[31:2]};
    endfunction
    function automatic [39:0] f_most(input [31:0] raw);
        f_most = {raw[31:2], 10'd0} - {10'd0, raw[31:2]};
    endfunction
    function automatic [45:0] f_high(input [32:0] x);
        f_high = {x, 13'd0} - {10'd0, x, 3'd0};
    endfunction
    wire f_stages = five == f_five(raw) && most == f_most(raw)
        && high == f_high(f_five(raw2)) && high_most == {6'd0, f_most(raw2)}
        && t == f_high(f_five(raw3)) + {6'd0, f_most(raw3)};
    // what the stages hold before the first load is any price's
    reg f_past = 1'b0;
    always @(posedge aclk) f_past <= 1'b1;
    always @* begin
        if (!f_past) assume (f_stages);
        else a_stages: assert (f_stages);
        if (f_age >= 3'd1) a_loaded: assert (raw == f_price && whole == !f_cents
            && off == (f_cents && f_price[1:0] != 2'd0));
        if (f_age >= 3'd2) a_second: assert (raw2 == f_price);
        if (f_age >= 3'd3) a_third: assert (raw3 == f_price);
    end
`endif
