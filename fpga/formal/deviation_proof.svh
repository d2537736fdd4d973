// Properties of tp_deviation alone, of its ports, at full width, included at its end: the formula
// of its header in 32 bits.
    reg f_was = 1'b0;
    wire signed [31:0] f_now = 32'(deviation);
    wire signed [31:0] f_change = 32'(change);
    wire [5:0] f_shift = 6'(SHIFT_MIN) + 6'(shift);
    // half rounds up: the whole part, and 1 when the highest bit below it is set
    wire signed [31:0] f_whole = f_now >>> f_shift;
    wire signed [31:0] f_below = f_now >>> (f_shift - 6'd1);
    wire signed [31:0] f_away = f_whole + $signed({31'd0, f_below[0]});
    wire f_left_out = (|jump) || (f_change < 0 && f_now < -32'sd67108864)
                      || (f_change >= 0 && f_now >= 32'sd67108864);
    wire signed [31:0] f_new = f_now - f_away + (f_left_out ? 32'sd0 : f_change * 32'sd8192);
    reg signed [31:0] f_wanted;
    always @* if (!f_was) assume (!aresetn);
    always @(posedge aclk) begin
        f_was <= 1'b1;
        f_wanted <= !aresetn ? 32'sd0 : valid ? f_new : f_now;
        if (f_was) begin
            a_formula: assert (f_now == f_wanted);
            a_bound: assert (f_now < 32'sd100663296 && f_now >= -32'sd100663296);
        end
        c_up: cover (f_was && f_now >= 32'sd67108864 && $past(f_now) < 32'sd67108864);
        c_left: cover (f_was && $past(valid && f_left_out && !(|jump)) && f_now < f_wanted + 1);
        c_down: cover (f_was && f_now < -32'sd67108864);
    end
