// tp_bank: the fixed-point strategy bank of src/tickpath/hot/strategy/bank.py, bit-equal.
//
//   score_k = bias_k + sum_i weight_ki * x_i       x = the row, or the hidden layer over it
//   signal_k = +1 when score_k >= buy_k, -1 when score_k <= sell_k, else 0
//
// Rows of int32 come in beats of NF inputs; every strategy gives one 128-bit beat:
//   [63:0] score, [95:64] row sequence, [103:96] strategy, [111:104] votes so far,
//   [113:112] signal, [114] saturated, [115] last strategy of the row (= tlast), rest 0.
// tuser is the one of the row's last beat. An input past FW bits counts as 0, a hidden unit past FW
// bits as the largest number; both mark the whole row `saturated`: its scores are not the bank's.
//
// Rate: one chunk of one strategy a clock, without bubbles, so one row a clock when K = 1 and
// M <= NF. Latency of a strategy's score from the row's last beat: 7 clocks in the build with
// STRATEGIES = 1, CHUNKS = 1, HIDDEN = 0; 8 in the others for the first strategy of one chunk;
// a hidden layer of H units adds H * chunks + 11 clocks a row.
// COMMIT waits for the rows inside, takes none meanwhile, and swaps all parameters and settings in
// one clock: rows before it see the old ones, rows after it the new ones. A commit whose settings
// do not fit the build is refused: `commit_error` stays until a good commit; the old stay active.
// Reset: 0 strategies; rows are taken and counted in `rows_dropped`, and give nothing.
// Overflow: none can happen, the sums have all their bits, and results have a reserved place.
`default_nettype none
// not every build of the parameters uses every signal
/* verilator lint_off UNUSEDSIGNAL */
module tp_bank #(
    parameter integer NF = 8,              // inputs a beat: 2, 4 or 8
    parameter integer FW = 25,             // bits of an input inside, 2 to 32
    parameter integer STRATEGIES = 64,     // most strategies, 1 to 64
    parameter integer CHUNKS = 4,          // most beats a row: 1, 2 or 4
    parameter integer HIDDEN = 1,          // 1: with the hidden layer, at most NF * CHUNKS units
    parameter integer WW = 18,             // bits of a weight (smaller in proofs only)
    parameter integer CW = 49              // bits of a constant: differences of int48
) (
    input  wire             aclk,
    input  wire             edge_aclk,     // the same clock, of param_*: see tp_top
    input  wire             aresetn,
    input  wire [NF*32-1:0] s_row_tdata,
    input  wire [63:0]      s_row_tuser,
    input  wire             s_row_tvalid,
    output wire             s_row_tready,
    output wire [127:0]     m_score_tdata,
    output wire [63:0]      m_score_tuser,
    output wire             m_score_tvalid,
    input  wire             m_score_tready,
    output wire             m_score_tlast,
    input  wire             param_we,      // writes the shadow half, see bank_params.sv
    input  wire [11:0]      param_addr,
    input  wire [31:0]      param_data,
    input  wire [6:0]       cfg_strategies,
    input  wire [5:0]       cfg_inputs,
    input  wire [5:0]       cfg_hidden,    // units, 0: no hidden layer
    input  wire [5:0]       cfg_shift,     // of the hidden layer, 0 to 47
    input  wire             commit,        // a pulse takes cfg_* and begins the swap
    output wire             commit_busy,
    output reg              commit_error,
    output reg  [31:0]      rows_dropped
);
    localparam integer SMALL = (STRATEGIES == 1 && CHUNKS == 1 && HIDDEN == 0) ? 1 : 0;
    localparam integer SW = FW + WW + $clog2(NF * CHUNKS);
    localparam integer AW = ((SW > CW) ? SW : CW) + 1;
    localparam integer LB = $clog2(NF);
    localparam integer SHIFT_MAX = 47;
    localparam integer OW = (FW >= 32) ? 31 : FW - 1;    // bits of a hidden unit's answer

    // ------------------------------------------------------------ settings and COMMIT
    reg        pending, drop, has_hidden;
    reg [5:0]  unit_last, shift;
    reg [4:0]  hidden_last;
    reg [1:0]  chunk_last, hidden_chunk_last;
    reg [6:0]  want_strategies;
    reg [5:0]  want_inputs, want_hidden, want_shift;
    wire       rows_idle;
    wire       pipe_busy, params_busy;
    wire       good = {25'b0, cfg_strategies} <= STRATEGIES
                   && (cfg_inputs != 6'd0 || cfg_strategies == 7'd0)
                   && {26'b0, cfg_inputs} <= NF * CHUNKS
                   && {26'b0, cfg_hidden} <= ((HIDDEN != 0) ? NF * CHUNKS : 0)
                   && {26'b0, cfg_shift} <= SHIFT_MAX;
    reg        drained;                    // nothing was inside, and nothing can come
    wire       swap = pending && drained;
    // also in the clock of the swap: the next row is judged by the new settings
    wire       hold_next = (commit && good) || pending;
    wire [6:0] strategies_less = want_strategies - 7'd1;
    wire [5:0] inputs_less = want_inputs - 6'd1;
    wire [5:0] hidden_less = want_hidden - 6'd1;
    assign commit_busy = pending;

    always @(posedge aclk) begin
        if (commit && good) begin
            want_strategies <= cfg_strategies;
            want_inputs <= cfg_inputs;
            want_hidden <= cfg_hidden;
            want_shift <= cfg_shift;
        end
        if (!aresetn) begin
            pending <= 1'b0;
            drained <= 1'b0;
            commit_error <= 1'b0;
            drop <= 1'b1;
            has_hidden <= 1'b0;
            unit_last <= 6'd0;
            chunk_last <= 2'd0;
            hidden_last <= 5'd0;
            hidden_chunk_last <= 2'd0;
            shift <= 6'd0;
        end else begin
            pending <= (commit && good) || (pending && !swap);
            drained <= pending && rows_idle && !pipe_busy && !params_busy;
            if (commit) commit_error <= !good;
            if (swap) begin
                drop <= want_strategies == 7'd0;
                unit_last <= strategies_less[5:0];
                chunk_last <= (want_inputs == 6'd0) ? 2'd0 : 2'(inputs_less >> LB);
                has_hidden <= HIDDEN != 0 && want_hidden != 6'd0;
                hidden_last <= hidden_less[4:0];
                hidden_chunk_last <= 2'(hidden_less >> LB);
                shift <= want_shift;
            end
        end
    end

    // ------------------------------------------------------------ rows to issued chunks
    wire             may, may_next, reserve, row_taken, row_dropped;
    wire             read_hidden, hidden_written, hidden_busy, row_sat;
    wire [5:0]       read_unit;
    wire [1:0]       read_chunk;
    wire [NF*FW-1:0] f;
    wire             answer_valid;
    wire [4:0]       answer_unit;
    wire [OW-1:0]    answer;
    wire             op_valid, op_hidden, op_first, op_last, op_end;
    wire [NF-1:0]    op_clip;
    wire [5:0]       op_unit;

`ifdef FORMAL
    wire       f_open, f_waiting;
    wire [1:0] f_rows;
    wire [4:0] f_places, f_count, f_tags;
    wire       f_giving;
`endif
    tp_bank_rows #(
        .NF(NF), .FW(FW), .STRATEGIES(STRATEGIES), .CHUNKS(CHUNKS), .HIDDEN(HIDDEN), .OW(OW)
    ) u_rows (
`ifdef FORMAL
        .f_open(f_open), .f_waiting(f_waiting), .f_rows(f_rows),
`endif
        .aclk(aclk), .aresetn(aresetn),
        .s_row_tdata(s_row_tdata), .s_row_tvalid(s_row_tvalid), .s_row_tready(s_row_tready),
        .cfg_drop(drop), .cfg_unit_last(unit_last), .cfg_chunk_last(chunk_last),
        .cfg_has_hidden(has_hidden), .cfg_hidden_last(hidden_last),
        .cfg_hidden_chunk_last(hidden_chunk_last), .hold_next(hold_next), .idle(rows_idle),
        .may((SMALL != 0) ? may_next : may), .reserve(reserve), .row_taken(row_taken),
        .row_dropped(row_dropped), .read_hidden(read_hidden), .read_unit(read_unit),
        .read_chunk(read_chunk), .answer_valid(answer_valid), .answer_unit(answer_unit),
        .answer(answer), .hidden_written(hidden_written),
        .op_valid(op_valid), .op_hidden(op_hidden), .op_unit(op_unit), .op_first(op_first),
        .op_last(op_last), .op_end(op_end), .op_clip(op_clip), .f(f)
    );
    always @(posedge aclk)
        if (!aresetn) rows_dropped <= 32'd0;
        else if (row_dropped) rows_dropped <= rows_dropped + 32'd1;

    // ------------------------------------------------------------ pipe: stage 0 is op_*
    localparam integer LAST = 5;
    reg [LAST:1] valid, sat;
    // what a chunk is, ten bits a stage in one vector, the youngest lowest
    reg [10*LAST-1:0] what;
    wire [5:0] unit_2 = what[10 +: 6], unit_5 = what[40 +: 6];
    wire       hidden_2 = what[16], hidden_5 = what[46];
    wire       over_5 = what[47], last_5 = what[48], first_3 = what[29];
    always @(posedge aclk) begin
        what <= {what[10*LAST-11:0], op_first, op_last, op_end, op_hidden, op_unit};
        sat[3:1] <= {sat[2:1], |op_clip};
        sat[4] <= (valid[3] && first_3) ? sat[3] : sat[4] || (valid[3] && sat[3]);
        sat[5] <= sat[4];
        if (!aresetn) valid <= {LAST{1'b0}};
        else valid <= {valid[LAST-1:1], op_valid};
    end
    assign pipe_busy = op_valid || (|valid) || hidden_busy;

    wire [NF*WW-1:0] w;
    wire signed [CW-1:0] const_score, const_buy, const_sell;
    tp_bank_params #(
        .NF(NF), .WW(WW), .CW(CW), .STRATEGIES(STRATEGIES), .CHUNKS(CHUNKS), .HIDDEN(HIDDEN)
    ) u_params (
        .aclk(aclk), .edge_aclk(edge_aclk), .aresetn(aresetn), .param_we(param_we),
        .param_addr(param_addr), .param_data(param_data), .swap(swap), .busy(params_busy),
        .read_hidden(read_hidden), .read_unit(read_unit), .read_chunk(read_chunk),
        .weights(w), .const_hidden(hidden_2), .const_unit(unit_2),
        .const_score(const_score), .const_buy(const_buy), .const_sell(const_sell)
    );

    wire signed [SW-1:0] acc;
    tp_bank_lanes #(.NF(NF), .FW(FW), .WW(WW), .CHUNKS(CHUNKS)) u_lanes (
        .aclk(aclk), .f(f), .w(w), .first(first_3), .valid(valid[3]), .acc(acc)
    );

    // thresholds are sign bits of sums, so there is no compare stage
    reg signed [AW-1:0] score, buy_sum, sell_sum;
    always @(posedge aclk) begin
        score <= AW'(acc) + AW'(const_score);
        buy_sum <= AW'(acc) + AW'(const_buy);
        sell_sum <= AW'(acc) + AW'(const_sell);
    end

    generate if (HIDDEN != 0) begin : layer
        tp_bank_hidden #(.FW(FW), .AW(AW), .OW(OW)) u_hidden (
            .aclk(aclk), .aresetn(aresetn), .valid(valid[5] && last_5 && hidden_5), .sum(score),
            .unit(unit_5[4:0]), .last(unit_5[4:0] == hidden_last), .sat(sat[5]),
            .cfg_shift(shift), .answer_valid(answer_valid), .answer_unit(answer_unit),
            .answer(answer), .written(hidden_written), .row_sat(row_sat), .busy(hidden_busy)
        );
    end else begin : plain
        assign answer_valid = 1'b0;
        assign answer_unit = 5'd0;
        assign answer = {OW{1'b0}};
        assign hidden_written = 1'b0;
        assign hidden_busy = 1'b0;
        assign row_sat = 1'b0;
    end endgenerate

    tp_bank_out #(.AW(AW), .STRATEGIES(STRATEGIES)) u_out (
`ifdef FORMAL
        .f_places(f_places), .f_count(f_count), .f_tags(f_tags), .f_giving(f_giving),
`endif
        .aclk(aclk), .aresetn(aresetn), .reserve(reserve), .may_next(may_next), .may(may),
        .tag_push(row_taken), .tag(s_row_tuser),
        .push(valid[5] && last_5 && !hidden_5), .score(score), .buy(!buy_sum[AW-1]),
        .sell(sell_sum[AW-1]), .sat(sat[5] || (has_hidden && row_sat)),
        .first(unit_5 == 6'd0), .last(over_5),
        .m_score_tdata(m_score_tdata), .m_score_tuser(m_score_tuser),
        .m_score_tvalid(m_score_tvalid), .m_score_tready(m_score_tready),
        .m_score_tlast(m_score_tlast)
    );

`ifdef FORMAL
    reg past = 1'b0;
    always @(posedge aclk) past <= 1'b1;
    always @* if (!past) assume (!aresetn);
    // the neighbours obey AXI4-Stream
    always @(posedge aclk) if (past && $past(aresetn) && aresetn) begin
        if ($past(s_row_tvalid && !s_row_tready)) assume (s_row_tvalid && $stable(s_row_tdata)
                                                          && $stable(s_row_tuser));
    end

    wire [LAST:1] last = {what[48], what[38], what[28], what[18], what[8]};
    wire [LAST:1] hidden = {what[46], what[36], what[26], what[16], what[6]};
    // units in the pipe: each has one last chunk, and a place reserved by its first
    wire [4:0] f_pipe = {4'b0, op_valid && op_last && !op_hidden}
                      + {4'b0, valid[1] && last[1] && !hidden[1]}
                      + {4'b0, valid[2] && last[2] && !hidden[2]}
                      + {4'b0, valid[3] && last[3] && !hidden[3]}
                      + {4'b0, valid[4] && last[4] && !hidden[4]}
                      + {4'b0, valid[5] && last[5] && !hidden[5]}
                      + {4'b0, f_waiting} + {4'b0, f_open};
    // which of two parameter sets a row was taken under
    reg        f_set;
    reg [31:0] f_taken;
    (* anyconst *) reg [31:0] f_pick;
    reg [63:0] f_tag;
    always @(posedge aclk) begin
        if (!aresetn) begin
            f_set <= 1'b0;
            f_taken <= 32'd0;
        end else begin
            f_set <= f_set ^ swap;
            if (row_taken) f_taken <= f_taken + 32'd1;
        end
        if (row_taken && f_taken == f_pick) f_tag <= s_row_tuser;
    end
    reg [5:0] f_sets;                      // of the stages 0 to 5
    always @(posedge aclk) f_sets <= {f_sets[4:0], f_set};
    wire signed [63:0] f_acc = 64'(acc);
    reg signed [63:0] f_score, f_buy, f_sell;
    always @(posedge aclk) begin
        f_score <= f_acc + 64'(const_score);
        f_buy <= f_acc + 64'(const_buy);
        f_sell <= f_acc + 64'(const_sell);
    end
    reg f_summed = 1'b0;
    always @(posedge aclk) f_summed <= 1'b1;

    always @(posedge aclk) if (past && $past(aresetn) && aresetn) begin
        // handshake
        if ($past(m_score_tvalid && !m_score_tready)) begin
            a_hold_valid: assert (m_score_tvalid);
            a_hold_data: assert ($stable(m_score_tdata) && $stable(m_score_tlast));
`ifndef FORMAL_GENERAL
            a_hold_tag: assert ($stable(m_score_tuser));
`endif
        end
        // commit: nothing is inside at the swap, nothing changes without one
        if ($past(swap)) a_empty: assert (!$past(op_valid) && $past(valid) == 0
                                          && !$past(hidden_busy) && !$past(s_row_tready));
        if (!$past(swap)) a_settings: assert ($stable(drop) && $stable(unit_last)
            && $stable(chunk_last) && $stable(has_hidden) && $stable(shift));
        if ($past(commit && !good)) a_refused: assert (commit_error);
    end
    always @(posedge aclk) if (past && aresetn) begin
        a_conserve: assert (f_places == f_pipe + f_count + {4'b0, f_giving});
        a_places: assert (f_places <= 5'd14);
        // settings fit the build, those that wait too
        a_fit: assert ({30'd0, chunk_last} < CHUNKS && (drop || {26'd0, unit_last} < STRATEGIES)
            && (!has_hidden || (HIDDEN != 0 && {27'd0, hidden_last} < NF * CHUNKS
                                && hidden_chunk_last == 2'(hidden_last >> LB))));
        if (pending) a_want_fits: assert ({25'd0, want_strategies} <= STRATEGIES
            && {26'd0, want_inputs} <= NF * CHUNKS
            && {26'd0, want_hidden} <= ((HIDDEN != 0) ? NF * CHUNKS : 0)
            && (want_inputs != 6'd0 || want_strategies == 7'd0));
        a_fifo: assert (f_count <= 5'd14 && m_score_tvalid == (f_count != 5'd0));
        if (drained && pending) a_drained: assert (!op_valid && valid == 0 && !hidden_busy
                                                   && rows_idle);
        if (f_summed) begin
            a_score: assert (64'(score) == f_score);
            a_thresholds: assert (64'(buy_sum) == f_buy && 64'(sell_sum) == f_sell);
        end
    end
    generate if (SMALL != 0) begin : f_small
        always @(posedge aclk) if (past && aresetn) begin
            // one tag a row, and no row sees a set it was not taken under
            a_tags: assert (f_tags == f_pipe + f_count);
            if (s_row_tready) a_ready: assert (drop || f_places < 5'd14);
            if (op_valid) a_set_0: assert (f_sets[0] == f_set);
            for (int i = 1; i <= LAST; i = i + 1)
                if (valid[i]) assert (f_sets[i] == f_set && last[i] && !hidden[i]);
            if (op_valid) assert (op_last && !op_hidden);
        end
    end endgenerate
`ifdef FORMAL_DEEP
    // order: the picked row comes out with the tag it went in with (bounded runs only)
    always @(posedge aclk) if (past && aresetn) begin
        if (m_score_tvalid && m_score_tdata[95:64] == f_pick) a_order: assert (
            m_score_tuser == f_tag && f_taken > f_pick);
        a_tags_fit: assert (f_tags <= 5'd16);
    end
`endif
    always @(posedge aclk) if (past && aresetn) begin
        c_buy: cover (m_score_tvalid && m_score_tdata[113:112] == 2'b01);
        c_sell: cover (m_score_tvalid && m_score_tdata[113:112] == 2'b11);
        c_kept: cover (f_count == 5'd3);
        c_commit: cover (swap && f_taken == 32'd2);
        c_after: cover (f_set && m_score_tvalid && m_score_tdata[95:64] == 32'd2);
        if (HIDDEN != 0) c_layer: cover (valid[5] && !hidden[5] && has_hidden);
    end
`endif
endmodule
/* verilator lint_on UNUSEDSIGNAL */
`default_nettype wire
