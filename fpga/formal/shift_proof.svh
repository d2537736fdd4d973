// Properties of tp_shift, of its ports: included at its end, and of what takes its place.
    // the whole part of number / 2^by, half open from below
    wire signed [W+7:0] f_whole = (W+8)'($signed(~less));
    wire signed [W+7:0] f_rest = (W+8)'(number) - (f_whole <<< by);
    always @* begin
        a_whole: assert (f_rest >= 0 && f_rest < (W+8)'(1) <<< by);
        c_negative: cover (by == 3'd7 && f_whole == -2 && f_rest == 1);
    end
