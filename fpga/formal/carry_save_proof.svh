// Properties of tp_carry_save, of its ports: included at its end, and of what takes its place.
    wire [W+1:0] f_two = (W+2)'(sum) + ((W+2)'(carry) << 1);
    always @* begin
        a_total: assert (f_two == (W+2)'(a) + (W+2)'(b) + ((&takes) ? (W+2)'(c) : (W+2)'(0)));
        c_full: cover ((&takes) && (&sum) && (&carry));
        c_left: cover (!(&takes) && (&c) && sum == 0 && (&carry));
    end
