// Properties of tp_bank_hidden alone, included at its end.
    localparam integer FWW = 32 + AW;      // room for every number here
    reg f_past = 1'b0;
    // the answer of the definition: a division by 2^shift that rounds down, then the two limits
    wire signed [FWW-1:0] f_floor = FWW'(sum) >>> cfg_shift;
    wire signed [FWW-1:0] f_limit = (FWW'(1) << OW) - 1;
    wire f_over = f_floor > f_limit;
    wire [OW-1:0] f_answer = f_floor < 0 ? {OW{1'b0}} : f_over ? {OW{1'b1}} : f_floor[OW-1:0];
    // what came in the last clocks
    reg [4:1] f_came, f_last;
    reg [OW-1:0] f_answers [1:3];
    reg [4:0]    f_units [1:3];
    reg [3:1]    f_marks;
    reg          f_begun, f_sat;           // a unit 0 has been answered; a mark since then
    always @* begin
        if (!f_past) assume (!aresetn);
    end
    always @(posedge aclk) begin
        f_past <= 1'b1;
        f_came <= aresetn ? {f_came[3:1], valid} : 4'd0;
        f_last <= {f_last[3:1], last};
        f_marks <= {f_marks[2:1], sat || (f_over && FW < 32)};
        f_answers[1] <= f_answer;
        f_units[1] <= unit;
        for (int i = 2; i <= 3; i = i + 1) begin
            f_answers[i] <= f_answers[i-1];
            f_units[i] <= f_units[i-1];
        end
        if (!f_past) f_begun <= 1'b0;
        else if (f_came[3]) begin
            if (f_units[3] == 5'd0) f_begun <= 1'b1;
            f_sat <= f_marks[3] || (f_units[3] != 5'd0 && f_sat);
        end
        // the shift does not change under a unit
        if (f_past && ($past(valid) || f_came[1])) assume ($stable(cfg_shift));
        if (f_past) begin
            a_came: assert ({valid_c, valid_b, valid_a} == f_came[3:1]);
            if (f_came[1]) a_stage_1: assert (unit_a == f_units[1] && last_a == f_last[1]);
            if (f_came[2]) a_stage_2: assert (unit_b == f_units[2] && last_b == f_last[2]);
            a_answered: assert (answer_valid == f_came[3]);
            if (f_came[3]) a_answer: assert (answer_unit == f_units[3] && answer == f_answers[3]
                && last_c == f_last[3] && sat_c == f_marks[3]);
            a_written: assert (written == (f_came[4] && f_last[4]));
            a_busy: assert (busy == (f_came[3:1] != 3'd0));
            if (f_begun) a_sat: assert (row_sat == f_sat);
            c_clamped: cover (f_came[3] && f_answers[3] == 0 && $past(answer) != 0);
            c_clipped: cover (row_sat && f_begun && written && $past(answer) == {OW{1'b1}});
            c_clear: cover (f_begun && !row_sat && $past(row_sat && f_begun));
        end
    end
