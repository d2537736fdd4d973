// Properties of tp_chain, included at its end: the real rows, intents, messages and gate. Features,
// bank and template are cut out; of bank and template this is assumed, which strategy_bank.sby and
// order_template.sby prove: a score waits unchanged, bytes come from orders that were taken.
    reg f_past = 1'b0;
    reg f_armed = 1'b0, f_on = 1'b0;       // armed, in chain mode, at some time since reset
    reg f_order = 1'b0;                    // the template has taken an order
    reg [31:0] f_events, f_bad, f_rows, f_scores, f_to_host, f_to_intent;
    reg [NF*32-1:0] f_newest;
    wire f_score = score_tvalid && score_tready;
    always @* begin
        if (!f_past) assume (!aresetn);
        if (!f_order) u_bytes: assume (!m_orders_tvalid);
    end
    always @(posedge aclk) begin
        f_past <= 1'b1;
        f_armed <= aresetn && (f_armed || (arm && !kill));
        f_on <= aresetn && (f_on || chain_mode);
        f_order <= aresetn && (f_order || (order_tvalid && order_tready));
        if (!aresetn) begin
            {f_events, f_bad, f_rows, f_scores, f_to_host, f_to_intent} <= 0;
            f_newest <= 0;
        end else begin
            f_events <= f_events + 32'(top_valid);
            if (top_valid && !top_ok) f_bad <= f_bad + 32'd1;
            if (feature_valid && feature_ok) {f_rows, f_newest} <= {f_rows + 32'd1, feature_row};
            f_scores <= f_scores + 32'(f_score);
            f_to_host <= f_to_host + 32'(m_scores_tvalid && m_scores_tready);
            f_to_intent <= f_to_intent + 32'(f_score && !score_tuser[63]);
        end
        if (f_past && aresetn && $past(aresetn)) begin
            if ($past(score_tvalid && !score_tready)) u_score: assume (score_tvalid
                && $stable(score_tdata) && $stable(score_tuser) && $stable(score_tlast));
            // the register file holds the mode while a row is offered
            if (!$past(hold_rows && !row_open)) u_mode: assume ($stable(chain_mode));
            if ($past(s_rows_tvalid && !s_rows_tready))
                u_rows: assume (s_rows_tvalid && $stable(s_rows_tdata) && $stable(s_rows_tlast));
        end
    end
    always @(posedge aclk) if (f_past) begin
        // reset never trades: no order before it is armed, none of a row before chain mode
        if (!f_armed) a_disarmed: assert (!order_tvalid && !m_orders_tvalid && !stat_armed
            && count_allowed == 32'd0 && !f_order);
        if (!f_on && !chain_mode) a_off: assert (!intent_tvalid && count_intents == 32'd0);
        // a score goes to the host or to the intents, as its row came, once
        a_scores: assert (f_scores == f_to_host + f_to_intent);
        a_apart: assert (!m_scores_tvalid || (score_tuser[63] && m_scores_tdata == score_tdata));
        // counters count what they say
        a_events: assert (count_events == f_events && count_events_not_ok == f_bad);
        a_rows: assert (count_feature_rows == f_rows && newest_row == f_newest);
        c_intent: cover (verdict_tvalid && verdict_tdata[63] && count_intents == 32'd1);
        c_host: cover (f_to_host == 32'd1 && f_to_intent == 32'd1);
        c_verdict: cover (m_verdicts_tvalid && !m_verdicts_tlast && m_verdicts_tdata[31:0] != 0);
    end
    always @(posedge aclk) if (f_past && $past(f_past) && aresetn && $past(aresetn)) begin
        // an order is new at the gate only when it was armed and not killed
        if (order_tvalid && !$past(order_tvalid && !order_tready))
            a_armed: assert ($past(arm && !kill));
        // what is offered stays
        if ($past(m_scores_tvalid && !m_scores_tready))
            a_scores_hold: assert (m_scores_tvalid && $stable(m_scores_tdata)
                                   && $stable(m_scores_tlast));
        if ($past(m_verdicts_tvalid && !m_verdicts_tready))
            a_verdicts_hold: assert (m_verdicts_tvalid && $stable(m_verdicts_tdata)
                                     && $stable(m_verdicts_tlast));
        if ($past(order_tvalid && !order_tready))
            a_order_holds: assert (order_tvalid && $stable(order_tdata));
        if ($past(row_tvalid && !row_tready))
            a_row_holds: assert (row_tvalid && $stable(row_tdata) && $stable(row_tuser));
    end
