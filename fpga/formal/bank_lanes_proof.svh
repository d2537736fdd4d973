// Properties of tp_bank_lanes alone, included at its end: the sum against one of products that are
// built from the bits of the weights, in 32 bits.
    reg f_past = 1'b0;
    function automatic signed [31:0] f_times(input signed [31:0] x, input [WW-1:0] y);
        f_times = y[WW-1] ? -(x <<< (WW - 1)) : 0;
        for (int k = 0; k < WW - 1; k = k + 1) if (y[k]) f_times = f_times + (x <<< k);
    endfunction
    reg signed [31:0] f_dot;               // of this clock's inputs
    always @* begin
        f_dot = 0;
        for (int i = 0; i < NF; i = i + 1)
            f_dot = f_dot + f_times(32'($signed(f[i*FW +: FW])), w[i*WW +: WW]);
    end
    reg signed [31:0] f_dots [1:3];
    reg [2:0]         f_clocks = 3'd0;     // until the stages hold dots
    reg [$clog2(CHUNKS+1)-1:0] f_chunks;   // of the unit so far
    reg signed [31:0] f_unit;
    reg               f_begun = 1'b0;
    wire signed [31:0] f_most = NF << (FW + WW - 2);   // of a chunk, either way
    wire signed [31:0] f_all = f_most * $signed(32'(f_chunks));
    // a unit begins with `first` and has at most CHUNKS chunks; SMALL builds have a chunk a clock
    always @* if (f_clocks == 3'd4) assume (!valid || first || (f_begun && f_chunks < CHUNKS));
    always @* if (CHUNKS == 1) assume (valid && first);
    always @(posedge aclk) begin
        f_past <= 1'b1;
        f_dots[1] <= f_dot;
        f_dots[2] <= f_dots[1];
        f_dots[3] <= f_dots[2];
        if (f_clocks != 3'd4) f_clocks <= f_clocks + 3'd1;
        if (f_clocks == 3'd4 && valid) begin
            f_begun <= 1'b1;
            f_chunks <= first ? 1 : f_chunks + 1'b1;
            f_unit <= (first ? 0 : f_unit) + f_dots[3];
        end
        if (f_clocks == 3'd4) a_dot: assert (f_dots[3] <= f_most && f_dots[3] >= -f_most);
        if (f_begun) begin
            a_sum: assert (32'(acc) == f_unit);
            a_bounds: assert (f_clocks == 3'd4 && f_chunks != 0 && f_chunks <= CHUNKS
                && f_unit <= f_all && f_unit >= -f_all);
        end
        if (f_past && f_begun && !$past(valid)) a_still: assert ($stable(acc));
        c_most: cover (f_begun && f_chunks == CHUNKS && f_unit == f_most * CHUNKS);
        c_below: cover (f_begun && f_chunks == CHUNKS && f_unit < -20);
    end
