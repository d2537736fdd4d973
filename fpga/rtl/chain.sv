// The chain: book top -> features -> bank -> intent -> gate -> template, with the host beside it.
//
// Settings come as the packed words of tp_regs_pkg, `shadow` for what the bank takes at `commit`.
// In chain mode rows are those of the book and scores become intents; else rows are the host's and
// its scores go back to it, and the features take the tops that it writes. Every score carries
// where its row came from, so nothing is mixed when the mode changes. The host's messages reach the
// gate in both modes: there is one gate, and no order passes beside it. Latency, from the edge that
// takes a top to the edge at which its order can be taken: 4 features + bank (7 with one strategy
// and chunk and no hidden layer, else 8) + 0 intent + 4 gate. Reset: no table, disarmed, nothing
// passes. Overflow: see tp_row_source and tp_message_source; the rest waits.
`default_nettype none
module tp_chain #(
    parameter integer NF = 8,             // inputs of a beat
    parameter integer FW = 25,            // bits of an input inside
    parameter integer STRATEGIES = 64,    // most strategies of a table
    parameter integer CHUNKS = 4,         // most beats of a row
    parameter integer HIDDEN = 1          // 1: with hidden layers
) (
    input  wire             aclk,
    input  wire             edge_aclk,      // the same clock, of all but rows and bank
    input  wire             aresetn,
    // the book
    input  wire             top_valid,
    input  wire             top_ok,
    input  wire [31:0]      bid_ticks,
    input  wire [31:0]      bid_lots,
    input  wire [31:0]      ask_ticks,
    input  wire [31:0]      ask_lots,
    input  wire             book_init,      // a new book: the averages begin anew
    input  wire             features_reset,
    // a top of the host, {ask lots, ask, bid lots, bid}
    input  wire             host_top_valid,
    input  wire             host_top_ok,
    input  wire [127:0]     host_top,
    input  wire [63:0]      time_ns,        // of the order rate
    // settings
    /* verilator lint_off UNUSEDSIGNAL */
    input  wire [32*tp_regs_pkg::SETTINGS_WORDS-1:0] shadow,     // the bank's shape
    input  wire [32*tp_regs_pkg::SETTINGS_WORDS-1:0] settings,   // the feed's words are not used
    /* verilator lint_on UNUSEDSIGNAL */
    input  wire             settings_new,
    input  wire             arm,
    input  wire             kill,
    input  wire             param_we,
    input  wire [11:0]      param_addr,
    input  wire [31:0]      param_data,
    input  wire             commit,
    output wire             commit_busy,
    output wire             commit_error,
    input  wire             hold_rows,
    output wire             row_open,
    // the host
    input  wire [NF*32-1:0] s_rows_tdata,
    input  wire             s_rows_tvalid,
    output wire             s_rows_tready,
    input  wire             s_rows_tlast,
    output wire [127:0]     m_scores_tdata,
    output wire             m_scores_tvalid,
    input  wire             m_scores_tready,
    output wire             m_scores_tlast,
    input  wire [127:0]     s_messages_tdata,
    input  wire             s_messages_tvalid,
    output wire             s_messages_tready,
    input  wire             s_messages_tlast,
    output wire [63:0]      m_verdicts_tdata,
    output wire             m_verdicts_tvalid,
    input  wire             m_verdicts_tready,
    output wire             m_verdicts_tlast,
    // orders as bytes
    output wire [63:0]      m_orders_tdata,
    output wire [7:0]       m_orders_tkeep,
    output wire             m_orders_tvalid,
    input  wire             m_orders_tready,
    output wire             m_orders_tlast,
    // what is the case
    output wire             stat_armed,
    output wire             stat_killed,
    output wire             stat_busy,
    output wire             stat_refused,   // the gate's earlier settings hold
    output wire [31:0]      stat_position,
    output wire [31:0]      stat_open_buy,
    output wire [31:0]      stat_open_sell,
    output wire [31:0]      count_rows,
    output wire [31:0]      count_rows_dropped,
    output wire [31:0]      count_rows_overrun,
    output reg  [31:0]      count_feature_rows,
    output reg  [NF*32-1:0] newest_row,
    output reg  [31:0]      count_events,
    output reg  [31:0]      count_events_not_ok,
    output wire [31:0]      count_intents,
    output wire [31:0]      count_orders,
    output wire [31:0]      count_allowed,
    output wire [15:0]      count_refused_state,
    output wire [15:0]      count_refused_order,
    output wire [15:0]      count_refused_collar,
    output wire [15:0]      count_refused_position,
    output wire [15:0]      count_refused_rate,
    output wire [15:0]      count_errors,
    output wire [31:0]      count_verdicts_dropped,
    output wire [31:0]      count_sent,
    output wire [31:0]      count_dropped,
    output wire             trace_order,   // an order stands behind the gate
    output wire             intent_wanted  // a score of the book is there
);
    `define TP_SET(name, field, width) settings[32*tp_regs_pkg::name+field +: width]
    `define TP_SHAPE(field, width) shadow[32*tp_regs_pkg::BANK+tp_regs_pkg::field +: width]
    `define TP_WORD(name) settings[32*tp_regs_pkg::name +: 32]

    localparam integer WHOLE = 0;   // a word that is one number
    wire chain_mode = `TP_SET(MODE, tp_regs_pkg::MODE_CHAIN, 1);

    // ------------------------------------------------------------ features and rows
    // Mode and shifts have another meaning for the averages kept so far: those begin anew.
    reg [31:0]       shifts_reg;
    reg              mode_reg;
    wire             anew = shifts_reg != `TP_WORD(FEATURES) || mode_reg != chain_mode;
    always @(posedge edge_aclk) begin
        shifts_reg <= `TP_WORD(FEATURES);
        mode_reg   <= chain_mode;
    end

    wire             feature_valid, feature_ok;
    wire [NF*32-1:0] feature_row;
    /* verilator lint_off UNUSEDSIGNAL */
    wire [31:0]      feature_bid, feature_ask;   // prices have 24 bits
    wire [31:0]      events_skipped;             // begins anew with the averages: counted here
    /* verilator lint_on UNUSEDSIGNAL */
    tp_features features (
        .aclk(edge_aclk), .aresetn(aresetn && !book_init && !features_reset && !anew),
        .top_valid(chain_mode ? top_valid : host_top_valid),
        .top_ok(chain_mode ? top_ok : host_top_ok),
        .bid_ticks(chain_mode ? bid_ticks : host_top[31:0]),
        .bid_lots(chain_mode ? bid_lots : host_top[63:32]),
        .ask_ticks(chain_mode ? ask_ticks : host_top[95:64]),
        .ask_lots(chain_mode ? ask_lots : host_top[127:96]),
        .shift_fast(`TP_SET(FEATURES, tp_regs_pkg::FEATURES_SHIFT_FAST, 4)),
        .shift_slow(`TP_SET(FEATURES, tp_regs_pkg::FEATURES_SHIFT_SLOW, 4)),
        .shift_imbalance(`TP_SET(FEATURES, tp_regs_pkg::FEATURES_SHIFT_IMBALANCE, 4)),
        .row_valid(feature_valid), .row_ok(feature_ok), .row(feature_row),
        .row_bid_ticks(feature_bid), .row_ask_ticks(feature_ask),
        .events_skipped(events_skipped)
    );

    /* verilator lint_off UNUSEDSIGNAL */
    wire [5:0]       inputs_less = `TP_SET(BANK, tp_regs_pkg::BANK_INPUTS, 6) - 6'd1;
    /* verilator lint_on UNUSEDSIGNAL */
    wire             no_inputs = `TP_SET(BANK, tp_regs_pkg::BANK_INPUTS, 6) == 6'd0;
    reg [1:0]        beat_last;              // a clock behind the settings: no row begins in it
    always @(posedge edge_aclk) beat_last <= no_inputs ? 2'd0 : inputs_less[4:3];
    wire [NF*32-1:0] row_tdata;
    wire [63:0]      row_tuser;
    wire             row_tvalid, row_tready;
    tp_row_source #(.NF(NF)) row_source (
        .aclk(aclk), .aresetn(aresetn), .chain(chain_mode), .hold(hold_rows),
        .row_open(row_open), .beat_last(beat_last),
        .s_host_tdata(s_rows_tdata), .s_host_tvalid(s_rows_tvalid),
        .s_host_tready(s_rows_tready), .s_host_tlast(s_rows_tlast),
        .feature_row(feature_row), .feature_bid(feature_bid[30:0]),
        .feature_ask(feature_ask[30:0]), .feature_valid(feature_valid && feature_ok),
        .m_row_tdata(row_tdata), .m_row_tuser(row_tuser), .m_row_tvalid(row_tvalid),
        .m_row_tready(row_tready), .rows(count_rows), .rows_overrun(count_rows_overrun)
    );

    // ------------------------------------------------------------ scores go where rows came from
    wire [127:0] score_tdata;
    wire [63:0]  score_tuser;
    wire         score_tvalid, score_tready, score_tlast;
    tp_bank #(
        .NF(NF), .FW(FW), .STRATEGIES(STRATEGIES), .CHUNKS(CHUNKS), .HIDDEN(HIDDEN)
    ) bank (
        .aclk(aclk), .edge_aclk(edge_aclk), .aresetn(aresetn), .s_row_tdata(row_tdata),
        .s_row_tuser(row_tuser), .s_row_tvalid(row_tvalid), .s_row_tready(row_tready),
        .m_score_tdata(score_tdata), .m_score_tuser(score_tuser), .m_score_tvalid(score_tvalid),
        .m_score_tready(score_tready), .m_score_tlast(score_tlast),
        .param_we(param_we), .param_addr(param_addr), .param_data(param_data),
        .cfg_strategies(`TP_SHAPE(BANK_STRATEGIES, 7)), .cfg_inputs(`TP_SHAPE(BANK_INPUTS, 6)),
        .cfg_hidden(`TP_SHAPE(BANK_HIDDEN, 6)), .cfg_shift(`TP_SHAPE(BANK_SHIFT, 6)),
        .commit(commit), .commit_busy(commit_busy), .commit_error(commit_error),
        .rows_dropped(count_rows_dropped)
    );
    wire to_host = score_tuser[63];
    assign intent_wanted = score_tvalid && !to_host;
    wire intent_ready;
    assign m_scores_tdata  = score_tdata;
    assign m_scores_tvalid = score_tvalid && to_host;
    assign m_scores_tlast  = score_tlast && score_tuser[31];
    assign score_tready    = to_host ? m_scores_tready : intent_ready;

    // ------------------------------------------------------------ intents, messages, the gate
    wire [127:0] intent_tdata, msg_tdata, order_tdata;
    wire         intent_tvalid, intent_tready, msg_tvalid, msg_tready;
    wire         order_tvalid, order_tready;
    wire [63:0]  verdict_tdata;
    wire         verdict_tvalid, verdict_tready;
    tp_intent intent (
        .aclk(edge_aclk), .aresetn(aresetn), .s_score_tdata(score_tdata),
        .s_score_tuser(score_tuser), .s_score_tlast(score_tlast),
        .s_score_tvalid(intent_wanted), .s_score_tready(intent_ready),
        .m_intent_tdata(intent_tdata), .m_intent_tvalid(intent_tvalid),
        .m_intent_tready(intent_tready), .cfg_on(chain_mode),
        .cfg_votes(`TP_SET(INTENT_VOTES, WHOLE, 7)), .cfg_slip_ticks(`TP_WORD(INTENT_SLIP_TICKS)),
        .cfg_lots(`TP_WORD(INTENT_LOTS)), .count_intents(count_intents)
    );

    tp_message_source message_source (
        .aclk(edge_aclk), .aresetn(aresetn), .s_host_tdata(s_messages_tdata),
        .s_host_tvalid(s_messages_tvalid), .s_host_tready(s_messages_tready),
        .s_host_tlast(s_messages_tlast), .s_intent_tdata(intent_tdata),
        .s_intent_tvalid(intent_tvalid), .s_intent_tready(intent_tready),
        .m_msg_tdata(msg_tdata), .m_msg_tvalid(msg_tvalid), .m_msg_tready(msg_tready),
        .s_verdict_tdata(verdict_tdata), .s_verdict_tvalid(verdict_tvalid),
        .s_verdict_tready(verdict_tready), .m_verdict_tdata(m_verdicts_tdata),
        .m_verdict_tvalid(m_verdicts_tvalid), .m_verdict_tready(m_verdicts_tready),
        .m_verdict_tlast(m_verdicts_tlast), .verdicts_dropped(count_verdicts_dropped)
    );

    tp_gate gate (
        .aclk(edge_aclk), .aresetn(aresetn), .s_msg_tdata(msg_tdata), .s_msg_tvalid(msg_tvalid),
        .s_msg_tready(msg_tready), .m_verdict_tdata(verdict_tdata),
        .m_verdict_tvalid(verdict_tvalid), .m_verdict_tready(verdict_tready),
        .m_order_tdata(order_tdata), .m_order_tvalid(order_tvalid),
        .m_order_tready(order_tready), .now_ns(time_ns),
        .cfg_lots_max(`TP_WORD(GATE_LOTS_MAX)),
        .cfg_equity({`TP_WORD(GATE_EQUITY_HIGH), `TP_WORD(GATE_EQUITY_LOW)}),
        .cfg_position_ppm(`TP_WORD(GATE_POSITION_PPM)),
        .cfg_collar_ppm(`TP_WORD(GATE_COLLAR_PPM)),
        .cfg_rate_step_ns(`TP_WORD(GATE_RATE_STEP_NS)),
        .cfg_rate_room_ns(`TP_WORD(GATE_RATE_ROOM_NS)),
        .cfg_position_lots(`TP_WORD(GATE_POSITION_LOTS)),
        .cfg_open_buy_lots(`TP_WORD(GATE_OPEN_BUY_LOTS)),
        .cfg_open_sell_lots(`TP_WORD(GATE_OPEN_SELL_LOTS)),
        .cfg_commit(settings_new), .cfg_arm(arm), .cfg_kill(kill),
        .stat_armed(stat_armed), .stat_killed(stat_killed), .stat_busy(stat_busy),
        .stat_commit_error(stat_refused), .stat_position(stat_position),
        .stat_open_buy(stat_open_buy), .stat_open_sell(stat_open_sell),
        .count_orders(count_orders),
        .count_allowed(count_allowed), .count_refused_state(count_refused_state),
        .count_refused_order(count_refused_order), .count_refused_collar(count_refused_collar),
        .count_refused_position(count_refused_position),
        .count_refused_rate(count_refused_rate), .count_errors(count_errors)
    );
    assign trace_order = order_tvalid;

    // ------------------------------------------------------------ bytes
    /* verilator lint_off UNUSEDSIGNAL */
    wire template_busy;   // an order may still be leaving: nothing waits for that
    /* verilator lint_on UNUSEDSIGNAL */
    tp_template order_template (
        .aclk(edge_aclk), .aresetn(aresetn), .s_order_tdata(order_tdata),
        .s_order_tvalid(order_tvalid), .s_order_tready(order_tready),
        .m_bytes_tdata(m_orders_tdata), .m_bytes_tkeep(m_orders_tkeep),
        .m_bytes_tlast(m_orders_tlast), .m_bytes_tvalid(m_orders_tvalid),
        .m_bytes_tready(m_orders_tready),
        .cfg_bytes(settings[32*tp_regs_pkg::TEMPLATE_0 +: 512]),
        .cfg_length(`TP_SET(TEMPLATE_LAYOUT, tp_regs_pkg::TEMPLATE_LAYOUT_LENGTH, 7)),
        .cfg_side_at(`TP_SET(TEMPLATE_PLACES, tp_regs_pkg::TEMPLATE_PLACES_SIDE, 6)),
        .cfg_lots_at(`TP_SET(TEMPLATE_PLACES, tp_regs_pkg::TEMPLATE_PLACES_LOTS, 6)),
        .cfg_price_at(`TP_SET(TEMPLATE_PLACES, tp_regs_pkg::TEMPLATE_PLACES_PRICE, 6)),
        .cfg_token_at(`TP_SET(TEMPLATE_PLACES, tp_regs_pkg::TEMPLATE_PLACES_TOKEN, 6)),
        .cfg_side_buy(`TP_SET(TEMPLATE_LAYOUT, tp_regs_pkg::TEMPLATE_LAYOUT_SIDE_BUY, 8)),
        .cfg_side_sell(`TP_SET(TEMPLATE_LAYOUT, tp_regs_pkg::TEMPLATE_LAYOUT_SIDE_SELL, 8)),
        .cfg_commit(settings_new), .busy(template_busy), .count_sent(count_sent),
        .count_dropped(count_dropped)
    );

    // ------------------------------------------------------------ counters
    always @(posedge edge_aclk) begin
        if (!aresetn) begin
            count_feature_rows  <= 32'd0;
            newest_row          <= {(NF*32){1'b0}};
            count_events        <= 32'd0;
            count_events_not_ok <= 32'd0;
        end else begin
            count_feature_rows  <= count_feature_rows + 32'(feature_valid && feature_ok);
            if (feature_valid && feature_ok) newest_row <= feature_row;
            count_events        <= count_events + 32'(top_valid);
            count_events_not_ok <= count_events_not_ok + 32'(top_valid && !top_ok);
        end
    end

`ifdef FORMAL
`include "chain_proof.svh"
`endif
endmodule
`undef TP_SET
`undef TP_SHAPE
`undef TP_WORD
`default_nettype wire
