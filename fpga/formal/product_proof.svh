// Properties of tp_product alone, of its ports: included at its end.
    reg f_past = 1'b0;
    // a sum of shifted a, one a bit of b; the highest bit of b counts below 0
    reg signed [A+B-1:0] f_sum, f_wanted;
    always @* begin
        f_sum = 0;
        for (int k = 0; k < B; k = k + 1)
            if (b[k]) f_sum = (k == B - 1) ? f_sum - ((A+B)'(a) <<< k) : f_sum + ((A+B)'(a) <<< k);
    end
    always @(posedge aclk) begin
        f_past <= 1'b1;
        f_wanted <= f_sum;
        if (f_past) a_product: assert (product == f_wanted);
        c_lowest: cover (f_past && product == (A+B)'(1) <<< (A + B - 2));
        c_negative: cover (f_past && product == -(A+B)'((1 << (A - 1)) - 1) && $past(b) == -1);
    end
