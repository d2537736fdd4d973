// Properties of tp_gate, included at its end when FORMAL is defined. Widths are small, and in place
// of the arithmetic unit stands any that keeps the contract which gate_bounds.sby proves.
    localparam integer FW = 12;   // signed, room for every sum of these small widths
    reg f_past = 1'b0;
    always @(posedge aclk) f_past <= 1'b1;
    always @* assume (aresetn == f_past);

    // ------------------------------------------------------------ the outside keeps its rules
    always @(posedge aclk) if (f_past && $past(aresetn)) begin
        if ($past(s_msg_tvalid && !s_msg_tready))
            u_msg: assume (s_msg_tvalid && $stable(s_msg_tdata));
        if ($past(stat_busy || cfg_commit))
            u_cfg: assume ($stable(cfg_lots_max) && $stable(cfg_equity)
                && $stable(cfg_position_ppm) && $stable(cfg_collar_ppm)
                && $stable(cfg_rate_step_ns) && $stable(cfg_rate_room_ns)
                && $stable(cfg_position_lots) && $stable(cfg_open_buy_lots)
                && $stable(cfg_open_sell_lots));
    end
    always @* u_equity: assume (cfg_equity < 64'd1 << XW);

    // The unit's contract, see gate_bounds.sv.
    wire [15:0] f_ref = (16'(ref2_reg) + 16'd1) >> 1;
    wire [15:0] f_equity = 16'(cfg_equity[XW-1:0]) * 16'(position_ppm_reg) / 16'(PPM);
    wire [15:0] f_collar_wanted = 16'(ref2_reg) * 16'(collar_ppm_reg) / 16'(PPM);
    wire [15:0] f_at_ref = f_ref == 0 ? 16'd0 : 16'(f_ceiling) / f_ref;
    wire [15:0] f_at_own = price3_reg == 0 ? 16'd0 : 16'(f_ceiling) / 16'(price3_reg);
    wire [15:0] f_lots_q = 16'(q_lots);
    function automatic [15:0] f_cut(input [15:0] x);
        f_cut = x >= (1 << LOTS_W) ? (1 << LOTS_W) - 1 : x;
    endfunction
    always @* if (calc_done) begin
        if (state_reg == EQUITY) u_equity_q: assume (equity_zero == (cfg_equity == 0)
            && 16'(f_ceiling) == (f_equity >= 1 << BW ? (1 << BW) - 1 : f_equity));
        if (state_reg == COLLAR) u_collar_q: assume (16'(collar) == f_collar_wanted);
    end
    always @* if (ref_ok_reg) begin
        if ((state_reg == CEILING && calc_done) || state_reg == DELTA)
            u_ref_q: assume (f_lots_q == f_cut(f_at_ref) && q_cut == (f_at_ref >= 1 << LOTS_W));
        if (state_reg == EXACT && calc_done)
            u_own_q: assume (f_lots_q == f_cut(f_at_own) && q_cut == (f_at_own >= 1 << LOTS_W));
    end

    // ------------------------------------------------------------ what the state means
    wire signed [FW-1:0] f_w = $signed(FW'(lots_ceiling_reg));
    wire signed [FW-1:0] f_buys = $signed(FW'(open_buy_reg));
    wire signed [FW-1:0] f_sells = $signed(FW'(open_sell_reg));
    wire signed [FW-1:0] f_position = FW'(position_reg);
    wire signed [FW-1:0] f_room_buy = FW'(~past_buy_reg);   // less what is past, less 1
    wire signed [FW-1:0] f_room_sell = FW'(~past_sell_reg);
    wire signed [RW-1:0] f_room = ~past3_reg;
    wire [RW-1:0]        f_lots2 = lots2_reg ^ {RW{less2_reg}};
    wire signed [FW-1:0] f_delta = FW'(delta_reg);
    wire signed [FW-1:0] f_held_buy = f_position + f_buys;
    wire signed [FW-1:0] f_held_sell = f_sells - f_position;
    wire signed [FW-1:0] f_held_max = (2 << LOTS_W) - 1;
    wire f_load = state_reg == LOAD;
    wire f_rooms = state_reg == ROOMS;
    wire f_exact = divide_reg || state_reg == EXACT || state_reg == EXACT_OVER;
    wire f_calm = run || f_exact;
    wire f_kept = f_calm || f_rooms || state_reg == APPLY;   // bounds are those of the settings
    // how many of the messages made here have changed the state
    wire [2:0] f_applied =
        inject_at_reg - 3'(v2_reg || (v3_reg && !settle_reg));
    wire signed [FW-1:0] f_p = $signed(FW'($signed(cfg_position_lots[RW-1:0])));
    wire signed [FW-1:0] f_b = $signed(FW'(cfg_open_buy_lots[OW-1:0]));
    wire signed [FW-1:0] f_s = $signed(FW'(cfg_open_sell_lots[OW-1:0]));

    reg [RW-1:0]  f_lots3;
    reg           f_inner3;      // what stands at stage 3 was made here
    reg [127:0]   f_msg2, f_msg3, f_out;
    always @(posedge aclk) begin
        f_msg2 <= msg_reg;
        if (v2_reg) begin
            f_msg3   <= f_msg2;
            f_lots3  <= f_lots2;
            f_inner3 <= inner2_reg;
        end
        if (decide) f_out <= f_msg3;
    end
    wire f_is_order = kind3_reg == ORDER;
    wire f_is_report = kind3_reg == FILL || kind3_reg == DONE;
    wire f_early2 = bad2_reg || price_none2_reg || lots_none2_reg || lots_wide2_reg
        || lots_many2_reg;
    wire f_fault2 = bad2_reg || (kind2_reg == REFERENCE
        ? lots_none2_reg || price_none2_reg || wide2_reg : strange2_reg);
    wire f_band_kept = band_reg == LOTS_W'(lots_ceiling_reg[LOTS_W-1:CUT]) && delta_reg == 0;
    wire [RW-1:0] f_less3 = {RW{1'b0}} - f_lots3;
    wire          f_adds3 = f_is_order || kind3_reg == REFERENCE;
    wire [RW-1:0] f_past3 = (sells3_reg ? past_sell_reg : past_buy_reg)
        + (f_adds3 ? f_lots3 : f_less3);
    wire [OW:0]   f_open3 = {1'b0, side3_reg ? open_sell_reg : open_buy_reg}
        + (f_adds3 ? f_lots3 : f_less3);
    wire [RW-1:0] f_position3 = position_reg + (side3_reg ? f_less3 : f_lots3);
    wire signed [FW-1:0] f_room_from = sells3_reg ? f_room_sell : f_room_buy;
    wire signed [FW-1:0] f_worst =
        (side3_reg ? f_held_sell : f_held_buy) + $signed(FW'(lots3_reg));
    wire [15:0] f_value = f_ref > 16'(price3_reg) ? f_ref : 16'(price3_reg);
    wire signed [FW-1:0] f_off = $signed(FW'({price3_reg, 1'b0})) - $signed(FW'(ref2_reg));
    wire [15:0] f_far = f_off < 0 ? -f_off : f_off;

    reg [7:0] f_came = 0, f_judged = 0, f_allowed = 0, f_left = 0;
    always @(posedge aclk) if (!aresetn) begin
        f_came <= 0; f_judged <= 0; f_allowed <= 0; f_left <= 0;
    end else begin
        f_came <= f_came + 8'(take && s_msg_tdata[7:0] == 0);
        f_judged <= f_judged + 8'(m_verdict_tvalid && m_verdict_tready);
        f_allowed <= f_allowed + 8'(allow);
        f_left <= f_left + 8'(m_order_tvalid && m_order_tready);
    end
    wire f_order1 = v1_reg && msg_reg[7:0] == 0;
    wire f_order2 = v2_reg && !inner2_reg && kind2_reg == ORDER;
    wire f_order3 = v3_reg && !f_inner3 && f_is_order;
    wire f_judge3 = f_order3 && !update && !settle_reg;
    wire f_good3 = f_order3 && !unfit;

    always @(posedge aclk) if (f_past && aresetn) begin
        // limits only tighten
        a_tight: assert (32'(position_ppm_reg) <= POSITION_MAX && 32'(collar_ppm_reg) <= COLLAR_MAX
            && step_ns_reg >= STEP_MIN && 32'(room_ns_reg) <= ROOM_MAX);
        if (commit_reg || state_reg == APPLY) a_known: assert (load_wide_reg == load_wide
            && lots_cap_wide_reg == (cfg_lots_max >= 1 << LOTS_W)
            && position_wide_reg == (cfg_position_ppm > POSITION_MAX)
            && collar_wide_reg == (cfg_collar_ppm > COLLAR_MAX)
            && room_wide_reg == (cfg_rate_room_ns > ROOM_MAX)
            && (step_short_reg ? cfg_rate_step_ns <= STEP_MIN : cfg_rate_step_ns > STEP_MIN));
        // who is where
        a_flow: assert (!v2_reg || !v3_reg || settle_reg);
        a_phase: assert (4'(v3_reg) == 4'(order3_reg) + 4'(report3_reg) + 4'(reference3_reg)
            + 4'(inner3_reg) + 4'(wait3_reg) + 4'(decided_reg) + 4'(judged_reg)
            + 4'(settle_reg) + 4'(f_exact));
        if (order3_reg || wait3_reg || decided_reg || f_exact)
            a_orders3: assert (f_is_order && !f_inner3);
        if (report3_reg) a_reports3: assert (f_is_report && !f_inner3);
        if (reference3_reg) a_references3: assert (kind3_reg == REFERENCE && !f_inner3);
        if (inner3_reg) a_inners3: assert (f_inner3);
        if (judged_reg) a_judged: assert ((f_inner3 || f_is_report) && (apply_reg || !f_inner3));
        if (settle_reg) a_settle: assert (f_inner3 || kind3_reg != REFERENCE);
        if (apply_reg) a_apply: assert (judged_reg);
        if (decided_reg) a_decided: assert (verdict_valid_reg);
        if (order3_reg || f_exact) a_place: assert (!verdict_valid_reg && !order_valid_reg);
        if (v1_reg && msg_reg[7:0] == 8'd3) a_hold1: assert (hold_reg);
        if (v2_reg && kind2_reg == REFERENCE) a_hold2: assert (hold_reg && !v1_reg);
        if (v3_reg && kind3_reg == REFERENCE) a_hold3: assert (hold_reg && !v1_reg && !v2_reg
            && reference3_reg);
        if (v2_reg) a_inner2: assert (inner2_reg == (f_load || f_rooms));
        if (v3_reg) a_inner3: assert (f_inner3 == (f_load || f_rooms));
        if (!f_calm) a_alone: assert (!v1_reg && !(v2_reg && v3_reg));
        if (!f_calm && !f_load && !f_rooms) a_empty: assert (!v2_reg && !v3_reg);
        if (f_exact) a_exact_at: assert (f_good3 && !exact_reg && above3_reg && !f_room[RW-1]);
        if (run && (v1_reg || v2_reg || v3_reg) && !(order3_reg && exact_reg))
            a_band: assert (f_band_kept);
        if (own_reg) a_own_at: assert (state_reg == EXACT || state_reg == EXACT_OVER);
        if (state_reg == EXACT_OVER)
            a_own: assert (own_reg && band_reg == 0 && f_delta == f_w - FW'(f_cut(f_at_own)));
        if (exact_over_reg) a_exact_over: assert (exact_reg);
        if (exact_reg) a_exact_in: assert (f_good3 && run && !f_room[RW-1] && f_off >= 0
            && (settle_reg
                || exact_over_reg == (f_worst > $signed(FW'(f_cut(f_at_own))))));
        a_state: assert (state_reg <= EXACT_OVER);
        if (divide_reg) a_divides: assert (run && !start_reg && !calc_busy);
        if (start || calc_busy) a_asks: assert (
            (state_reg == EQUITY && what_reg == OF_EQUITY)
            || (state_reg == COLLAR && what_reg == OF_COLLAR)
            || (state_reg == CEILING && what_reg == AT_REFERENCE)
            || (state_reg == EXACT && what_reg == AT_PRICE)
            || (divide_reg && what_reg == AT_PRICE));
        if (f_load) a_load_at: assert (inject_at_reg <= 4 && !load_wide && what_reg == OF_EQUITY);
        if (f_rooms) a_rooms_at: assert (inject_at_reg <= 2);
        if (!f_load && !f_rooms) a_at: assert (inject_at_reg == 0);
        if ((f_load || f_rooms) && (v2_reg || v3_reg)) a_made: assert (inject_at_reg != 0);

        // messages made here
        if (v2_reg && inner2_reg) a_made2: assert (bare2_reg == f_rooms
            && kind2_reg == (f_load && inject_at_reg == 2 ? FILL : ORDER)
            && sells2_reg == !inject_at_reg[0]
            && side2_reg == (!inject_at_reg[0] && kind2_reg == ORDER)
            && less2_reg == (kind2_reg == FILL)
            && $signed(f_lots2) == (f_rooms ? f_delta : inject_at_reg == 4 ? f_s
                : inject_at_reg == 3 ? f_b : f_p));
        if (v3_reg && f_inner3) a_made3: assert (bare3_reg == f_rooms
            && kind3_reg == (f_load && inject_at_reg == 2 ? FILL : ORDER)
            && sells3_reg == !inject_at_reg[0]
            && side3_reg == (!inject_at_reg[0] && kind3_reg == ORDER)
            && $signed(f_lots3) == (f_rooms ? f_delta : inject_at_reg == 4 ? f_s
                : inject_at_reg == 3 ? f_b : f_p));

        // stage 2 and 3 say what came
        if (v2_reg && !inner2_reg) begin
            a_lots2: assert (!f_lots2[RW-1] && !bare2_reg);
            a_less2: assert (less2_reg == (kind2_reg == FILL || kind2_reg == DONE));
            if (!f_fault2) a_sells2: assert (sells2_reg == (side2_reg ^ (kind2_reg == FILL)));
            if (kind2_reg == REFERENCE && !f_fault2)
                a_reference2: assert (lots2_reg != 0 && lots2_reg < 1 << PRICE_W && price2_reg != 0
                    && !price2_reg[PRICE_W]);
        end
        if (f_order2) begin
            a_tag2: assert (tag2_reg == f_msg2[127:96] && !bare2_reg && f_msg2[7:0] == 0
                && sells2_reg == side2_reg && side2_reg == f_msg2[8]);
            a_off2: assert ($signed(FW'(off2_reg)) ==
                $signed(FW'({price2_reg, 1'b0})) - $signed(FW'(ref2_reg)));
            if (!far2_reg) a_far2: assert (ref_ok_reg && f_msg2[95:64] == 32'(price2_reg));
            if (!f_early2) a_early2: assert (settled_reg && lots2_reg != 0
                && lots2_reg <= RW'(lots_cap_reg)
                && f_msg2[63:32] == 32'(lots2_reg) && f_msg2[31:9] == 0 && f_msg2[95:64] != 0);
        end
        a_code3: assert (!f_order3 || (code3_reg != 0 && code3_reg < RISK_POSITION));
        if (v3_reg && kind3_reg == REFERENCE && !fault3_reg)
            a_reference3: assert (lots3_reg != 0 && lots3_reg < 1 << PRICE_W && price3_reg != 0);
        if (v3_reg && !f_inner3) a_lots3: assert (!f_lots3[RW-1] && !bare3_reg
            && (fault3_reg || sells3_reg == (side3_reg ^ (kind3_reg == FILL))));
        if (v3_reg) a_unfit3: assert (unfit3_reg == (early3_reg || far3_reg || wide3_reg));
        if (f_order3) a_order3: assert (tag3_reg == f_msg3[127:96] && sells3_reg == side3_reg);
        if (f_good3) begin
            a_good3: assert (settled_reg && ref_ok_reg && price3_reg != 0 && lots3_reg != 0
                && lots3_reg <= lots_cap_reg && f_lots3 == RW'(lots3_reg)
                && f_msg3 == {tag3_reg, 32'(price3_reg), 32'(lots3_reg), 23'h0, side3_reg, 8'h0});
            a_collar3: assert (f_far * PPM <= 16'(ref2_reg) * 16'(collar_ppm_reg));
            a_above3: assert (above3_reg == (f_off >= 0 && !exact_reg));
        end
        if (v3_reg && !settle_reg) begin
            a_past3: assert (past3_reg == f_past3);
            if (f_good3) a_room3_wide: assert (FW'(f_room) == f_room_from - FW'(f_lots3));
            a_open3: assert (open3_reg == f_open3);
            if (kind3_reg == FILL) a_position3: assert (position3_reg == f_position3);
            if (f_good3 && !f_room[RW-1] && order3_reg && !exact_reg) a_near3: assert (near ==
                (FW'(f_room) <= $signed(FW'(lots_ceiling_reg[LOTS_W-1:CUT]))));
        end
        if (apply && !f_inner3) begin
            if (f_is_order) a_update_order: assert (f_good3 && !f_room[RW-1]
                && debt_reg >= 0 && debt_reg <= $signed(TW'(ROOM_MAX)));
            else a_update_report: assert (!fault3_reg && !open3_reg[OW]);
        end

        // room, open lots, position
        if (!f_load) begin
            a_room_buy: assert (f_room_buy ==
                f_w - f_held_buy + (f_rooms && f_applied < 1 ? f_delta : 0));
            a_room_sell: assert (f_room_sell ==
                f_w - f_held_sell + (f_rooms && f_applied < 2 ? f_delta : 0));
            a_held: assert (f_held_buy <= f_held_max && f_held_sell <= f_held_max);
        end else begin
            a_load_w: assert (f_w == 0);
            a_load_room: assert (f_room_buy == (f_applied < 1 ? 0
                : f_applied < 3 ? -f_p : -f_p - f_b)
                && f_room_sell == (f_applied < 2 ? 0 : f_applied < 4 ? f_p : f_p - f_s));
            a_load_held: assert (f_position == (f_applied < 2 ? 0 : f_p)
                && open_buy_reg == (f_applied == 1 ? OW'(f_p) : f_applied < 3 ? 0 : OW'(f_b))
                && f_sells == (f_applied < 4 ? 0 : f_s));
        end
        if (f_rooms) a_delta: assert (f_w + f_delta >= 0 && f_w + f_delta < 1 << LOTS_W);

        // bounds
        if (ref_ok_reg) a_ref: assert (ref2_reg >= 2 && ref2_reg <= 2 * ((1 << PRICE_W) - 1));
        if (ref_ok_reg && f_kept) begin
            a_collar: assert (16'(collar) == f_collar_wanted);
            a_w: assert (16'(lots_ceiling_reg) == f_cut(f_at_ref)
                && lots_cut_reg == (f_at_ref >= 1 << LOTS_W));
        end
        if (ref_ok_reg && (state_reg == CEILING || state_reg == DELTA))
            a_collar_kept: assert (16'(collar) == f_collar_wanted);
        if (equity_zero && state_reg != EQUITY) begin
            a_zero: assert (f_ceiling == 0);
            if (f_kept) a_zero_w: assert (f_w == 0);
        end
        a_debt: assert (debt_reg < 37'sd5300000000 && debt_reg >= -(37'sd1 <<< 34));

        // no loss, no duplication, order of verdicts
        a_conserve: assert (f_came == f_judged + 8'(f_order1) + 8'(f_order2) + 8'(f_judge3)
            + 8'(m_verdict_tvalid));
        a_orders: assert (f_allowed == f_left + 8'(m_order_tvalid));
        if (m_order_tvalid) a_as_came: assert (m_order_tdata == f_out);
        if (m_order_tvalid && m_verdict_tvalid)
            a_together: assert (m_verdict_tdata == {m_order_tdata[127:96], 32'h0});

        // what leaves is within every limit
        if (allow) begin
            a_live: assert (cfg_arm && !cfg_kill && !stopped_reg);
            a_lots: assert (settled_reg && lots3_reg != 0 && lots3_reg <= lots_cap_reg
                && price3_reg != 0);
            a_near: assert (ref_ok_reg && f_far * PPM <= 16'(ref2_reg) * COLLAR_MAX);
            a_ceiling: assert (f_worst <= 0
                || 16'(f_worst) * f_value <= 16'(f_ceiling));
            a_rate: assert (debt_reg <= $signed(TW'(room_ns_reg)));
        end
        // what is refused for the ceiling is past it
        if (decide && live && code_next == RISK_POSITION)
            a_needed: assert (f_worst > 0 && 16'(f_worst) * f_value > 16'(f_ceiling));
    end
    always @(posedge aclk) if (f_past && $past(aresetn)) begin
        if ($past(m_verdict_tvalid && !m_verdict_tready))
            a_verdict_holds: assert (m_verdict_tvalid && $stable(m_verdict_tdata));
        if ($past(m_order_tvalid && !m_order_tready))
            a_order_holds: assert (m_order_tvalid && $stable(m_order_tdata));
        if (m_order_tvalid && !$past(m_order_tvalid && !m_order_tready))
            a_armed: assert ($past(cfg_arm && !cfg_kill && !stopped_reg));
        if ($past(stopped_reg && cfg_arm)) a_sticky: assert (stopped_reg);
        if ($past(error && kind3_reg != REFERENCE && cfg_arm)) a_stops: assert (stopped_reg);
        if ($past(aresetn) && $past(cfg_arm && position_reg != 0))
            if (position_reg != $past(position_reg)) a_own_moves: assert ($past(apply));
        c_order: cover (m_order_tvalid && m_order_tready);
        c_exact: cover (allow && exact_reg);
        c_position: cover (decide && code_next == RISK_POSITION);
        c_fill: cover (apply && kind3_reg == FILL && !f_inner3 && f_lots3 != 0);
    end
