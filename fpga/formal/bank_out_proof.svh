// Properties of tp_bank_out alone, included at its end. What the bank keeps is assumed here and
// asserted in strategy_bank.sby: a push has a reserved place, a row's tag comes before its results.
    localparam integer N = D + 2;          // bits of what counts results and rows here
    wire done_row = push && (ONE != 0 || last);
    reg [D:0]   f_owed, f_rows;            // reserved and not pushed; tags of rows not all pushed
    reg         f_begun;                   // a row's first result is in, its last one is not
    reg [N-1:0] f_pushed, f_given, f_tagged, f_told;
    reg [31:0]  f_row;
    (* anyconst *) wire [N-1:0] f_result;  // one result is followed, and one tag
    (* anyconst *) wire [N-1:0] f_tag_no;
    reg [AW-1:0]    f_score;
    reg [1:0]       f_signal;
    reg             f_sat, f_last;
    reg [7:0]       f_votes, f_sum;
    reg [TAG_W-1:0] f_tag;
    wire [1:0] f_side = sell && !buy ? 2'b11 : sell || buy ? {1'b0, !sell} : 2'b00;
    wire [7:0] f_vote = sell && !buy ? 8'hff : {7'd0, buy && !sell};
    always @* begin
        if (!past) assume (!aresetn);
        if (reserve) assume (may);
        if (push) assume (f_owed != 0 && f_rows != 0 && (ONE != 0 || first == !f_begun));
        if (tag_push) assume (!tags_in[D]);
        assume (!(sell && buy));           // a threshold to buy lies above that to sell
    end
    always @(posedge aclk) begin
        if (!aresetn) begin
            {f_owed, f_rows, f_begun} <= 0;
            {f_pushed, f_given, f_tagged, f_told} <= 0;
            f_row <= 32'd0;
        end else begin
            f_owed <= f_owed + (D+1)'(reserve) - (D+1)'(push);
            f_rows <= f_rows + (D+1)'(tag_push) - (D+1)'(done_row);
            if (push) f_begun <= ONE == 0 && !last;
            f_pushed <= f_pushed + N'(push);
            f_given <= f_given + N'(give);
            f_tagged <= f_tagged + N'(tag_push);
            f_told <= f_told + N'(done);
            f_row <= f_row + 32'(done);
        end
        if (push) f_sum <= (ONE != 0 || first ? 8'd0 : f_sum) + f_vote;
        if (push && f_pushed == f_result) begin
            {f_score, f_signal, f_sat, f_last} <= {score, f_side, sat, ONE != 0 || last};
            f_votes <= (ONE != 0 || first ? 8'd0 : f_sum) + f_vote;
        end
        if (tag_push && f_tagged == f_tag_no) f_tag <= tag;
    end
    // wrapped numbers: inside when as many follow it as are inside
    wire [N-1:0] f_behind = f_pushed - f_result;
    wire [N-1:0] f_tags_behind = f_tagged - f_tag_no;
    wire f_inside = f_behind != 0 && f_behind <= N'(count);
    wire f_tag_inside = f_tags_behind != 0 && f_tags_behind <= N'(tags_in);
    wire [W-1:0] f_kept = mem[f_result[D-1:0]];

    always @(posedge aclk) if (past && aresetn) begin
        // nothing is lost and nothing comes twice
        a_results: assert (N'(count) == f_pushed - f_given && m_score_tvalid == (count != 0));
        a_rows: assert (N'(tags_in) == f_tagged - f_told && row == f_row);
        a_at: assert (write_at == f_pushed[D-1:0] && read_at == f_given[D-1:0]
                      && tag_write == f_tagged[D-1:0] && tag_read == f_told[D-1:0]);
        // every reserved place is one of the queue's
        a_reserved: assert (N'(reserved) == N'(f_owed) + N'(count) + N'(give_q));
        a_limit: assert (reserved <= LIMIT[D:0]
                         && (!may || reserved < LIMIT[D:0]));
        // what is given is what was put in, with the tag of its row
        if (f_inside && ONE != 0) a_kept: assert (f_kept[AW+2:0] == {f_sat, f_signal, f_score});
        if (f_tag_inside) a_tag_kept: assert (tags[f_tag_no[D-1:0]] == f_tag);
        if (m_score_tvalid && f_given == f_result) a_result: assert (
            m_score_tdata[63:0] == {{(64-AW){f_score[AW-1]}}, f_score}
            && m_score_tdata[95:64] == f_row && m_score_tdata[111:104] == f_votes
            && m_score_tdata[113:112] == f_signal && m_score_tdata[114] == f_sat
            && m_score_tdata[115] == f_last && m_score_tlast == f_last
            && m_score_tdata[127:116] == 12'd0);
        if (m_score_tvalid && f_told == f_tag_no) a_tag: assert (m_score_tuser == f_tag);
    end
    always @(posedge aclk) if (past && aresetn && $past(aresetn)) begin
        if ($past(m_score_tvalid && !m_score_tready)) a_holds: assert (m_score_tvalid
            && $stable(m_score_tdata) && $stable(m_score_tuser) && $stable(m_score_tlast));
        if ($past(give && !m_score_tlast)) a_next: assert (m_score_tdata[103:96]
            == $past(m_score_tdata[103:96]) + 8'd1);
        if ($past(done) && m_score_tvalid) a_first: assert (m_score_tdata[103:96] == 8'd0);
        c_full: cover (f_owed == 0 && count == LIMIT[D:0]);
        c_wrapped: cover (f_given == N'((1 << D) + 1) && f_given == f_result && m_score_tvalid);
        c_row: cover (row == 32'd2 && m_score_tvalid && f_told == f_tag_no);
    end
    generate if (ONE == 0) begin : f_several
        // rows and results keep step: rows told plus those whose last result waits are those pushed
        reg [D:0] f_ends;                  // last results in the queue
        reg [7:0] f_strategy;
        reg [D:0] f_ends_kept;
        always @* begin
            f_ends_kept = 0;
            for (int i = 0; i < 1 << D; i = i + 1)
                if ((D+1)'(i) < count)
                    f_ends_kept = f_ends_kept + (D+1)'(mem[D'(read_at + D'(i))][AW+11]);
        end
        always @(posedge aclk) begin
            if (!aresetn) begin
                f_ends <= 0;
                f_strategy <= 8'd0;
            end else begin
                f_ends <= f_ends + (D+1)'(done_row) - (D+1)'(done);
                if (give) f_strategy <= m_score_tlast ? 8'd0 : f_strategy + 8'd1;
            end
            if (past && aresetn) begin
                a_strategy: assert (several.at == f_strategy);
                a_tags: assert (N'(tags_in) == N'(f_rows) + N'(f_ends));
                a_ends: assert (f_ends == f_ends_kept);
                if (count != 0) a_newest: assert (mem[D'(write_at - 1'b1)][AW+11] == !f_begun);
                if (f_begun) a_votes: assert (several.votes_so_far == f_sum && f_rows != 0);
                if (f_inside) a_row_kept: assert (f_kept[AW+11:0]
                    == {f_last, f_sat, f_signal, f_votes, f_score});
                c_votes: cover (m_score_tvalid && f_votes == 8'd2 && f_last);
            end
        end
    end endgenerate
