// Properties of tp_bank_rows alone, included at its end: the issued chunks are those of the rows in
// their order, hidden layer first, with the numbers that came. The bank's side of it is assumed.
    reg f_past = 1'b0;
    wire [49:0] f_cfg = {cfg_drop, cfg_unit_last, cfg_chunk_last, cfg_has_hidden, cfg_hidden_last,
                         cfg_hidden_chunk_last};
    always @(posedge aclk) begin
        f_past <= 1'b1;
        if (f_past && $past(aresetn)) begin
            if ($past(s_row_tvalid && !s_row_tready))
                assume (s_row_tvalid && $stable(s_row_tdata));
            // settings change when nothing is inside and nothing begins
            if (!$past(idle && hold_next && !op_valid)) assume ($stable(f_cfg));
        end
    end
    always @* begin
        assume (aresetn == f_past);
        assume (cfg_drop || cfg_unit_last < STRATEGIES);
        assume (cfg_chunk_last < CHUNKS && cfg_hidden_last < NF * CHUNKS);
        assume (cfg_hidden_chunk_last == 2'(cfg_hidden_last / NF));
        assume (HIDDEN != 0 || !cfg_has_hidden);
    end

    // what came, fitted: int32 that is no number of FW bits counts as 0 and is marked
    reg [NF-1:0]    f_clip;
    reg [NF*FW-1:0] f_fit;
    always @* for (int i = 0; i < NF; i = i + 1) begin
        f_clip[i] = $signed(s_row_tdata[32*i +: 32]) >= (64'sd1 <<< (FW - 1))
                    || $signed(s_row_tdata[32*i +: 32]) < -(64'sd1 <<< (FW - 1));
        f_fit[FW*i +: FW] = f_clip[i] ? {FW{1'b0}} : s_row_tdata[32*i +: FW];
    end

    generate if (SMALL != 0) begin : f_direct
        always @(posedge aclk) if (f_past && $past(f_past)) begin
            a_issued: assert (op_valid == $past(accept && !cfg_drop));
            if (op_valid) a_numbers: assert (f == $past(f_fit) && op_clip == $past(f_clip)
                && op_first && op_last && op_end && !op_hidden && op_unit == 6'd0);
            a_counted: assert (row_taken == (accept && !cfg_drop) && reserve == row_taken
                && row_dropped == (accept && cfg_drop));
            if ($past(hold_next)) a_held: assert (!s_row_tready && idle);
            if (s_row_tready) a_may: assert ($past(may || cfg_drop));
            c_issued: cover (op_valid && op_clip != 0 && $past(op_valid));
            c_dropped: cover (row_dropped);
        end
    end else begin : f_queued
        localparam integer CB = $clog2(CHUNKS);
        localparam integer RB = CB + 1;
        localparam integer HB = $clog2(NF * CHUNKS);
        // the hidden layer answers once, when all its chunks are issued
        reg f_layer_due;
        always @* if (!f_layer_due) assume (!hidden_written);

        // the chunk that must be issued next: {strategies after a hidden layer, unit, chunk}
        function automatic [8:0] f_after(input [8:0] at);
            reg scored, chunk_end, unit_end;
            begin
                scored = at[8] || !cfg_has_hidden;
                chunk_end = at[1:0] == (at[8] ? cfg_hidden_chunk_last : cfg_chunk_last);
                unit_end = at[7:2] == (scored ? cfg_unit_last : {1'b0, cfg_hidden_last});
                f_after = !chunk_end ? at + 9'd1 : !unit_end ? {at[8], at[7:2] + 6'd1, 2'd0}
                    : {cfg_has_hidden && !at[8], 8'd0};
            end
        endfunction
        reg [8:0] f_at;
        reg [2:0] f_in, f_out, f_issued;   // rows whole here, issued to their end, past op_*
        reg [2:0] f_due;                   // results reserved and not yet past op_*
        (* anyconst *) wire [2:0] f_row;   // one beat of one row is followed
        (* anyconst *) wire [1:0] f_beat;
        reg [NF*FW+NF-1:0] f_value;
        wire f_layer = f_at[8];            // inputs are the hidden layer's answers
        wire f_scored = f_layer || !cfg_has_hidden;
        wire [2:0] f_more = f_in - f_row;
        wire f_here = f_more == 3'd0 ? queued.beat > f_beat : f_more <= 3'd2;
        wire f_inside = f_here && f_row - f_out <= 3'd1;
        wire [8:0] f_state = {queued.phase, queued.unit, queued.chunk};
        wire [2:0] f_held = f_in - f_out;
        wire [2:0] f_rows_in = f_held + 3'(queued.beat != 0 && !cfg_drop);
        reg [8:0] f_want;                  // after what is on its way to op_*
        always @* begin
            f_want = f_at;
            if (op_valid) f_want = f_after(f_want);
            if (queued.q_valid) f_want = f_after(f_want);
        end
        wire [RB-1:0] f_place = RB'((32'(f_row[0]) << CB) | 32'(f_beat));
        wire [NF-1:0] f_marks = queued.clips[f_place];
        wire [NF*FW+NF-1:0] f_kept_fit;    // what is marked becomes 0 when it is issued
        wire [NF*FW-1:0] f_answers;        // of the hidden layer, those of the chunk
        assign f_kept_fit[NF*FW +: NF] = f_marks;
        for (g = 0; g < NF; g = g + 1) begin : f_lane
            assign f_kept_fit[FW*g +: FW] = f_marks[g] ? {FW{1'b0}} : queued.beats[g].ring[f_place];
            assign f_answers[FW*g +: FW] = FW'({1'b0, queued.answers[HB'(NF * read_chunk + g)]});
        end
        // the only unit has issued a chunk of its row for the last time
        wire f_used = cfg_unit_last == 0 && !cfg_has_hidden && f_row == f_out
                      && queued.chunk > f_beat;
        (* anyconst *) wire [4:0] f_unit;  // one answer of the hidden layer is followed
        reg          f_answered;
        reg [OW-1:0] f_answer;
        wire f_row_end = op_valid && op_last && op_end;
        always @* assume (f_beat <= cfg_chunk_last && f_unit < NF * CHUNKS
                          && answer_unit < NF * CHUNKS);
        always @(posedge aclk) begin
            if (!aresetn) begin
                {f_at, f_in, f_out, f_issued, f_due} <= 0;
                f_layer_due <= 1'b0;
            end else begin
                if (op_valid) f_at <= f_after(f_at);
                f_in <= f_in + 3'(row_taken);
                f_out <= f_out + 3'(queued.row_done);
                f_issued <= f_issued + 3'(f_row_end);
                f_due <= f_due + 3'(reserve) - 3'(op_valid && op_last && !op_hidden);
                f_layer_due <= !hidden_written
                    && (f_layer_due || (queued.phase_done && !queued.scoring));
            end
            if (keep && f_in == f_row && queued.beat == f_beat) f_value <= {f_clip, f_fit};
            if (!f_past) f_answered <= 1'b0;
            else if (answer_valid && answer_unit == f_unit)
                {f_answered, f_answer} <= {1'b1, answer};
        end
        always @(posedge aclk) if (f_past && aresetn) begin
            // what is issued
            if (op_valid) begin
                a_order: assert (op_hidden == !f_scored && op_unit == f_at[7:2]
                    && op_first == (f_at[1:0] == 2'd0)
                    && op_last == (f_at[1:0] == (f_layer ? cfg_hidden_chunk_last : cfg_chunk_last))
                    && op_end == (f_scored && f_at[7:2] == cfg_unit_last));
                if (!f_layer && f_issued == f_row && f_at[1:0] == f_beat)
                    a_numbers: assert ({op_clip, f} == f_value);
                if (f_layer) a_answers: assert (op_clip == 0 && $past(f_past)
                    && f == $past(f_answers, 2) && $past(read_chunk, 2) == f_at[1:0]);
            end
            // every row that came is issued, once; every result has a place before it is begun
            a_rows_in: assert (f_rows_in == 3'(queued.rows));
            a_rows_out: assert (f_out == f_issued + 3'(f_row_end)
                                + 3'(queued.q_valid && queued.q_last && queued.q_end));
            a_places: assert (f_due == 3'(op_valid && op_last && !op_hidden) + 3'(f_waiting)
                              + 3'(f_open));
            if (reserve) a_may: assert (may);
            // what the state means
            a_state: assert (f_want == f_state);
            a_slot: assert (queued.write_slot == f_in[0] && queued.read_slot == f_out[0]);
            a_inside: assert (f_in - f_out <= 3'd2 && (f_in - f_out != 3'd2 || queued.beat == 0
                                                       || cfg_drop));
            a_layer: assert ((queued.hidden_ready || f_layer_due)
                == (queued.phase && cfg_has_hidden) && !(queued.hidden_ready && f_layer_due));
            if (f_answered) a_answer: assert (queued.answers[HB'(f_unit)] == f_answer);
            if (f_inside && !cfg_drop && !f_used) a_ring: assert (f_kept_fit == f_value);
            if (idle) a_idle: assert (f_in == f_out && queued.beat == 0 && !queued.q_valid);
            c_two: cover (f_in - f_out == 3'd2 && f_in == 3'd3);
            c_clip: cover (op_valid && op_clip != 0 && f_issued == f_row && f_row == 3'd1);
            if (HIDDEN != 0) c_layer: cover (op_valid && f_layer && op_end && f_issued == 3'd1);
            c_dropped: cover (row_dropped);
        end
        always @(posedge aclk) if (f_past && $past(aresetn) && aresetn) begin
            if ($past(hold_next) && s_row_tready) a_held: assert (queued.beat != 0);
        end
    end endgenerate
