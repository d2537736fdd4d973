// Properties of tp_bank_params alone, included at its end. One word of the address map is followed:
// to the shadow half, over the swap, to what is read. As it may be any word, all swap in one clock.
    reg f_past = 1'b0;
    (* anyconst *) wire [11:0] f_addr;
    wire f_weight = !f_addr[11];
    wire f_layer = f_addr[11:10] == 2'b10 || f_addr[11:8] == 4'hE;
    wire f_number = f_addr[11:9] == 3'b110 || f_addr[11:8] == 4'hE;
    wire [5:0] f_unit = f_weight ? f_addr[10:5] : f_addr[11:10] == 2'b10 ? {1'b0, f_addr[9:5]}
                      : f_addr[11:8] == 4'hE ? {1'b0, f_addr[7:3]} : f_addr[8:3];
    wire [4:0] f_input = f_addr[4:0];
    wire [1:0] f_chunk = 2'(f_input / NF);
    wire [4:0] f_lane = f_input % NF;
    wire [1:0] f_constant = f_addr[2:1];   // 0: score, 1: buy, 2: sell
    wire f_high = f_addr[0];
    always @* begin
        if (!f_past) assume (!aresetn);
        assume (f_weight || f_layer || f_number);
        assume (f_unit < (f_layer ? (HIDDEN != 0 ? NF * CHUNKS : 0) : STRATEGIES));
        assume (f_number ? (f_layer ? f_addr[2:0] < 2 : f_addr[2:0] < 6) : f_input < NF * CHUNKS);
        assume (!(swap && busy));          // the bank waits
    end

    // the model: a write has reached the shadow half after two clocks
    reg [2:1]  f_wrote = 2'b0;
    reg [31:0] f_written [1:2];
    reg        f_shadow_known, f_active_known;
    reg [31:0] f_shadow, f_active;
    always @(posedge aclk) begin
        f_past <= 1'b1;
        f_wrote <= {f_wrote[1], param_we && aresetn && param_addr == f_addr};
        f_written[1] <= param_data;
        f_written[2] <= f_written[1];
        if (!aresetn) {f_shadow_known, f_active_known} <= 2'b0;
        else if (swap) begin
            {f_active_known, f_active} <= {f_shadow_known, f_shadow};
            if (SMALL == 0) {f_shadow_known, f_shadow} <= {f_active_known, f_active};
        end else if (f_wrote[2]) {f_shadow_known, f_shadow} <= {1'b1, f_written[2]};
    end

    // what is read: of the place of two clocks ago, as it was active then
    wire f_reads = SMALL != 0 || (f_number ? const_hidden == f_layer && const_unit == f_unit
        : read_hidden == f_layer && read_unit == f_unit && read_chunk == f_chunk);
    reg [2:1]  f_read = 2'b0;
    reg [31:0] f_expected [1:2];
    always @(posedge aclk) begin
        f_read <= {f_read[1], aresetn && f_reads && f_active_known};
        f_expected[1] <= f_active;
        f_expected[2] <= f_expected[1];
    end
    wire [31:0] f_now = SMALL != 0 ? f_active : f_expected[2];
    wire f_valid = SMALL != 0 ? f_active_known : f_read[2];
    wire [CW-1:0] f_given = f_constant == 0 ? const_score : f_constant == 1 ? const_buy
                          : const_sell;
    wire [WW-1:0] f_given_weight = WW'(weights >> (WW * f_lane));
    always @(posedge aclk) if (f_past && $past(f_past)) begin
        if (f_valid && !f_number) a_weight: assert (f_given_weight == f_now[WW-1:0]);
        if (f_valid && f_number && !f_high) a_low: assert (f_given[LB-1:0] == f_now[LB-1:0]);
        if (f_valid && f_number && f_high && CW > 32)
            a_high: assert (f_given[CW-1 -: HB] == f_now[HB-1:0]);
        a_busy: assert (busy || !(|f_wrote));
        c_hidden: cover (f_valid && f_weight && f_now[1:0] == 2'd2 && f_unit != 0 && f_chunk != 0);
        c_high: cover (f_valid && f_high && f_constant == 2'd2 && f_number && f_now[0]);
        if (HIDDEN != 0) c_bias: cover (f_valid && f_layer && f_number && f_now[1:0] == 2'd1);
        c_both: cover (f_active_known && f_shadow_known && f_active != f_shadow && f_valid);
    end
`define F_HALF(x) (EB'((((HIDDEN != 0) ? {30'b0, x, f_layer} : {31'b0, x}) << UB) | 32'(f_unit)))
`define F_AT(x) ((DB'(`F_HALF(x)) << CB) | DB'(f_chunk))
    genvar h;
    generate if (SMALL == 0) begin : f_memories
        for (h = 0; h < NF; h = h + 1) begin : f_lanes
            always @(posedge aclk) if (f_past && !f_number && f_lane == h) begin
                if (f_active_known)
                    assert (memories.lane[h].mem[`F_AT(memories.half)]
                                      == f_active[WW-1:0]);
                if (f_shadow_known)
                    assert (memories.lane[h].mem[`F_AT(!memories.half)]
                                      == f_shadow[WW-1:0]);
            end
        end
        for (h = 0; h < 3; h = h + 1) begin : f_numbers
            always @(posedge aclk) if (f_past && f_number && f_constant == h) begin
                if (f_active_known) assert (f_high
                    ? memories.number[h].upper.high[`F_HALF(memories.half)] == f_active[HB-1:0]
                    : memories.number[h].low[`F_HALF(memories.half)] == f_active[LB-1:0]);
                if (f_shadow_known) assert (f_high
                    ? memories.number[h].upper.high[`F_HALF(!memories.half)] == f_shadow[HB-1:0]
                    : memories.number[h].low[`F_HALF(!memories.half)] == f_shadow[LB-1:0]);
            end
        end
    end else begin : f_registers
        wire [WW-1:0] shadow_weight = WW'(registers.shadow >> (WW * f_lane));
        wire [CW-1:0] shadow_number = CW'(registers.const_shadow >> (CW * f_constant));
        always @(posedge aclk) if (f_past && f_shadow_known) begin
            if (!f_number) a_shadow: assert (shadow_weight == f_shadow[WW-1:0]);
            else if (!f_high) a_low_kept: assert (shadow_number[LB-1:0] == f_shadow[LB-1:0]);
            else a_high_kept: assert (shadow_number[CW-1 -: HB] == f_shadow[HB-1:0]);
        end
    end endgenerate
`undef F_HALF
`undef F_AT
