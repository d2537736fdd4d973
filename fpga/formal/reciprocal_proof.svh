// Properties of tp_reciprocal, of its ports: included at its end, and of what takes its place.
    // the nearest number: twice the quotient, plus 1, rounded down and halved
    wire [31:0] f_divisor = 32'd129 + {25'd0, m, 1'b0};
    wire [31:0] f_lower = 32'(reciprocal) * 2 * f_divisor;
    always @* begin
        a_nearest: assert (f_lower <= 32'd524288 + f_divisor
                           && 32'd524288 + f_divisor < f_lower + 2 * f_divisor);
        c_last: cover (m == 6'd63 && reciprocal == 11'd1028);
    end
