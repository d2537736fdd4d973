// The overlay: registers, market data parser with its book, and the chain, behind AXI ports.
//
// s_axil: registers, docs/reference/fpga-registers.md. s_axis_rows: 8 int32 a beat, tlast on the
// last beat of a batch. m_axis_scores: 128 bits, tlast on the last score of a batch.
// s_axis_messages: 128 bits, tlast on the last one of a batch. m_axis_verdicts: 64 bits, tlast on
// the end of a batch. s_axis_feed: 64 bits, a UDP payload of MoldUDP64 a packet. m_axis_orders: 64
// bits, an order a packet. edge_aclk is aclk once more, for all but rows and bank: a board ties
// both, a simulator may stop it while no access, feed, message or order is on its way and
// edge_wanted is 0.
// Latency: see tp_chain and tp_feed. Reset: nothing is followed, scored or passed. Overflow:
// streams wait; what a book cannot hold makes it not ok; rows of the book are counted when lost.
`default_nettype none
module tp_top #(
    parameter integer NF = 8,             // inputs of a beat
    parameter integer FW = 25,            // bits of an input inside
    parameter integer STRATEGIES = 64,    // most strategies of a table
    parameter integer CHUNKS = 4,         // most beats of a row
    parameter integer HIDDEN = 1,         // 1: with hidden layers
    parameter integer NS_PER_CLOCK = 5,   // what CLOCK says
    parameter integer BUILD = 0           // first four bytes of the SHA-256 over the sources
) (
    input  wire             aclk,
    input  wire             edge_aclk,    // the same clock, see above
    input  wire             aresetn,
    input  wire [63:0]      time_ns,      // of tp_timebase or a PTP clock, never counts back
    input  wire [15:0]      s_axil_awaddr,
    input  wire             s_axil_awvalid,
    output wire             s_axil_awready,
    input  wire [31:0]      s_axil_wdata,
    input  wire [3:0]       s_axil_wstrb,
    input  wire             s_axil_wvalid,
    output wire             s_axil_wready,
    output wire [1:0]       s_axil_bresp,
    output wire             s_axil_bvalid,
    input  wire             s_axil_bready,
    input  wire [15:0]      s_axil_araddr,
    input  wire             s_axil_arvalid,
    output wire             s_axil_arready,
    output wire [31:0]      s_axil_rdata,
    output wire [1:0]       s_axil_rresp,
    output wire             s_axil_rvalid,
    input  wire             s_axil_rready,
    input  wire [NF*32-1:0] s_axis_rows_tdata,
    input  wire             s_axis_rows_tvalid,
    output wire             s_axis_rows_tready,
    input  wire             s_axis_rows_tlast,
    output wire [127:0]     m_axis_scores_tdata,
    output wire             m_axis_scores_tvalid,
    input  wire             m_axis_scores_tready,
    output wire             m_axis_scores_tlast,
    input  wire [127:0]     s_axis_messages_tdata,
    input  wire             s_axis_messages_tvalid,
    output wire             s_axis_messages_tready,
    input  wire             s_axis_messages_tlast,
    output wire [63:0]      m_axis_verdicts_tdata,
    output wire             m_axis_verdicts_tvalid,
    input  wire             m_axis_verdicts_tready,
    output wire             m_axis_verdicts_tlast,
    input  wire [63:0]      s_axis_feed_tdata,
    input  wire [7:0]       s_axis_feed_tkeep,
    input  wire             s_axis_feed_tvalid,
    output wire             s_axis_feed_tready,
    input  wire             s_axis_feed_tlast,
    output wire [63:0]      m_axis_orders_tdata,
    output wire [7:0]       m_axis_orders_tkeep,
    output wire             m_axis_orders_tvalid,
    input  wire             m_axis_orders_tready,
    output wire             m_axis_orders_tlast,
    // free pins for a logic analyser: the book's top changed; an order stands behind the gate
    output wire             trace_top,
    output wire             trace_order,
    output wire             edge_wanted   // a commit or a score of the book waits for edge_aclk
);
    localparam integer SMALL = (STRATEGIES == 1 && CHUNKS == 1 && HIDDEN == 0) ? 1 : 0;
    localparam [7:0] LATENCY_FEATURES = 8'd4, LATENCY_INTENT = 8'd0, LATENCY_GATE = 8'd4;
    localparam [7:0] LATENCY_BANK = (SMALL != 0) ? 8'd7 : 8'd8;
    localparam integer SETTINGS_BITS = 32 * tp_regs_pkg::SETTINGS_WORDS;
    localparam integer COUNTERS_BITS = 32 * tp_regs_pkg::COUNTERS_WORDS;

    // ------------------------------------------------------------ registers
    wire        wr_en, wr_error, rd_error;
    wire [13:0] wr_word, rd_word;
    wire [31:0] wr_data, rd_data;
    wire [3:0]  wr_strb;
    tp_axil_regs #(.ADDR_W(tp_regs_pkg::ADDRESS_BITS)) axil_regs (
        .aclk(edge_aclk), .aresetn(aresetn),
        .s_axil_awaddr(s_axil_awaddr), .s_axil_awvalid(s_axil_awvalid),
        .s_axil_awready(s_axil_awready), .s_axil_wdata(s_axil_wdata),
        .s_axil_wstrb(s_axil_wstrb), .s_axil_wvalid(s_axil_wvalid),
        .s_axil_wready(s_axil_wready), .s_axil_bresp(s_axil_bresp),
        .s_axil_bvalid(s_axil_bvalid), .s_axil_bready(s_axil_bready),
        .s_axil_araddr(s_axil_araddr), .s_axil_arvalid(s_axil_arvalid),
        .s_axil_arready(s_axil_arready), .s_axil_rdata(s_axil_rdata),
        .s_axil_rresp(s_axil_rresp), .s_axil_rvalid(s_axil_rvalid),
        .s_axil_rready(s_axil_rready),
        .wr_en(wr_en), .wr_word(wr_word), .wr_data(wr_data), .wr_strb(wr_strb),
        .wr_error(wr_error), .rd_word(rd_word), .rd_data(rd_data), .rd_error(rd_error)
    );

    wire [SETTINGS_BITS-1:0] shadow, settings;
    wire [COUNTERS_BITS-1:0] counters;
    wire        settings_new, arm, kill, feed_reset, busy, refused;
    wire        param_we, commit, hold_rows, row_open, commit_busy, commit_error;
    wire        features_reset, host_top_ok, host_top_valid;
    wire [127:0] host_top;
    wire [11:0] param_addr;
    wire [31:0] param_data;
    wire        stat_armed, stat_killed, stat_busy, stat_refused;
    wire [31:0] caps = {8'(CHUNKS), HIDDEN != 0, 7'(STRATEGIES), 8'(FW), 8'(NF)};
    wire [31:0] latency = {LATENCY_GATE, LATENCY_INTENT, LATENCY_BANK, LATENCY_FEATURES};
    tp_regfile #(.ADDR_W(tp_regs_pkg::ADDRESS_BITS)) regfile (
        .aclk(edge_aclk), .aresetn(aresetn), .wr_en(wr_en), .wr_at(wr_word), .wr_data(wr_data),
        .wr_strb(wr_strb), .wr_error(wr_error), .rd_at(rd_word), .rd_data(rd_data),
        .rd_error(rd_error),
        .identity({32'(NS_PER_CLOCK), latency, 32'(BUILD), caps, tp_regs_pkg::VERSION_VALUE,
                   tp_regs_pkg::ID_VALUE}),
        .counters(counters), .shadow(shadow), .settings(settings),
        .settings_new(settings_new), .arm(arm), .kill(kill), .feed_reset(feed_reset),
        .features_reset(features_reset), .host_top(host_top), .host_top_ok(host_top_ok),
        .host_top_valid(host_top_valid), .param_we(param_we), .param_addr(param_addr),
        .param_data(param_data),
        .commit(commit), .hold_rows(hold_rows), .row_open(row_open),
        .commit_busy(commit_busy), .commit_refused(commit_error), .bounds_busy(stat_busy),
        .busy(busy), .refused(refused)
    );

    // ------------------------------------------------------------ feed and book
    wire [63:0] feed_tdata;
    wire [7:0]  feed_tkeep;
    wire        feed_tvalid, feed_tready, feed_tlast;
    tp_axis_skid #(.W(73)) feed_skid (
        .aclk(edge_aclk), .aresetn(aresetn),
        .s_data({s_axis_feed_tlast, s_axis_feed_tkeep, s_axis_feed_tdata}),
        .s_valid(s_axis_feed_tvalid), .s_ready(s_axis_feed_tready),
        .m_data({feed_tlast, feed_tkeep, feed_tdata}), .m_valid(feed_tvalid),
        .m_ready(feed_tready)
    );

    localparam integer FEED = 32 * tp_regs_pkg::FEED;
    wire        feed_busy, top_valid, top_ok, feed_ok, book_ok, feed_ended;
    wire [31:0] bid_ticks, bid_lots, ask_ticks, ask_lots;
    wire [3:0]  lost_reason;
    wire [40:0] next_sequence;
    wire [15:0] live_orders;
    wire [31:0] n_packets, n_orders, n_skipped, n_duplicates, n_gaps, n_controls, n_malformed;
    /* verilator lint_off UNUSEDSIGNAL */
    wire [31:0] n_tops;   // the chain counts the same events
    /* verilator lint_on UNUSEDSIGNAL */
    wire [31:0] n_unknown, n_foreign, n_lost;
    tp_feed feed (
        .aclk(edge_aclk), .aresetn(aresetn), .s_pkt_tdata(feed_tdata), .s_pkt_tkeep(feed_tkeep),
        .s_pkt_tlast(feed_tlast), .s_pkt_tvalid(feed_tvalid), .s_pkt_tready(feed_tready),
        .cfg_locate(settings[FEED+tp_regs_pkg::FEED_LOCATE +: 16]),
        .cfg_cents(settings[FEED+tp_regs_pkg::FEED_CENTS]),
        .cfg_join(settings[FEED+tp_regs_pkg::FEED_JOIN]), .init(feed_reset),
        .init_busy(feed_busy), .top_valid(top_valid), .top_ok(top_ok), .bid_ticks(bid_ticks),
        .bid_lots(bid_lots), .ask_ticks(ask_ticks), .ask_lots(ask_lots), .feed_ok(feed_ok),
        .book_ok(book_ok), .lost_reason(lost_reason), .ended(feed_ended),
        .next_sequence(next_sequence), .live_orders(live_orders), .n_packets(n_packets),
        .n_orders(n_orders), .n_skipped(n_skipped), .n_duplicates(n_duplicates),
        .n_gaps(n_gaps), .n_controls(n_controls), .n_malformed(n_malformed),
        .n_unknown(n_unknown), .n_foreign(n_foreign), .n_tops(n_tops), .n_lost(n_lost)
    );
    assign trace_top = top_valid;

    // ------------------------------------------------------------ the chain, skids before it
    wire [NF*32-1:0] rows_tdata;
    wire             rows_tvalid, rows_tready, rows_tlast;
    tp_axis_skid #(.W(NF*32+1)) rows_skid (
        .aclk(aclk), .aresetn(aresetn), .s_data({s_axis_rows_tlast, s_axis_rows_tdata}),
        .s_valid(s_axis_rows_tvalid), .s_ready(s_axis_rows_tready),
        .m_data({rows_tlast, rows_tdata}), .m_valid(rows_tvalid), .m_ready(rows_tready)
    );
    wire [127:0] messages_tdata;
    wire         messages_tvalid, messages_tready, messages_tlast;
    tp_axis_skid #(.W(129)) messages_skid (
        .aclk(edge_aclk), .aresetn(aresetn),
        .s_data({s_axis_messages_tlast, s_axis_messages_tdata}),
        .s_valid(s_axis_messages_tvalid), .s_ready(s_axis_messages_tready),
        .m_data({messages_tlast, messages_tdata}), .m_valid(messages_tvalid),
        .m_ready(messages_tready)
    );

    wire [31:0] stat_position, stat_open_buy, stat_open_sell;
    wire [31:0] count_rows, count_rows_dropped, count_rows_overrun, count_events;
    wire [31:0] count_events_not_ok, count_intents, count_orders, count_allowed, count_sent;
    wire [31:0] count_dropped, count_verdicts_dropped, count_feature_rows;
    wire [NF*32-1:0] newest_row;
    wire             intent_wanted;
    wire [15:0] count_refused_state, count_refused_order, count_refused_collar;
    wire [15:0] count_refused_position, count_refused_rate, count_errors;
    tp_chain #(
        .NF(NF), .FW(FW), .STRATEGIES(STRATEGIES), .CHUNKS(CHUNKS), .HIDDEN(HIDDEN)
    ) chain (
        .aclk(aclk), .edge_aclk(edge_aclk), .aresetn(aresetn),
        .top_valid(top_valid), .top_ok(top_ok),
        .bid_ticks(bid_ticks), .bid_lots(bid_lots), .ask_ticks(ask_ticks), .ask_lots(ask_lots),
        .book_init(feed_busy), .features_reset(features_reset),
        .host_top_valid(host_top_valid), .host_top_ok(host_top_ok), .host_top(host_top),
        .time_ns(time_ns), .shadow(shadow), .settings(settings),
        .settings_new(settings_new), .arm(arm), .kill(kill), .param_we(param_we),
        .param_addr(param_addr), .param_data(param_data), .commit(commit),
        .commit_busy(commit_busy), .commit_error(commit_error), .hold_rows(hold_rows),
        .row_open(row_open),
        .s_rows_tdata(rows_tdata), .s_rows_tvalid(rows_tvalid), .s_rows_tready(rows_tready),
        .s_rows_tlast(rows_tlast), .m_scores_tdata(m_axis_scores_tdata),
        .m_scores_tvalid(m_axis_scores_tvalid), .m_scores_tready(m_axis_scores_tready),
        .m_scores_tlast(m_axis_scores_tlast), .s_messages_tdata(messages_tdata),
        .s_messages_tvalid(messages_tvalid), .s_messages_tready(messages_tready),
        .s_messages_tlast(messages_tlast), .m_verdicts_tdata(m_axis_verdicts_tdata),
        .m_verdicts_tvalid(m_axis_verdicts_tvalid), .m_verdicts_tready(m_axis_verdicts_tready),
        .m_verdicts_tlast(m_axis_verdicts_tlast), .m_orders_tdata(m_axis_orders_tdata),
        .m_orders_tkeep(m_axis_orders_tkeep), .m_orders_tvalid(m_axis_orders_tvalid),
        .m_orders_tready(m_axis_orders_tready), .m_orders_tlast(m_axis_orders_tlast),
        .stat_armed(stat_armed), .stat_killed(stat_killed), .stat_busy(stat_busy),
        .stat_refused(stat_refused), .stat_position(stat_position), .stat_open_buy(stat_open_buy),
        .stat_open_sell(stat_open_sell), .count_rows(count_rows),
        .count_feature_rows(count_feature_rows), .newest_row(newest_row),
        .count_rows_dropped(count_rows_dropped), .count_rows_overrun(count_rows_overrun),
        .count_events(count_events), .count_events_not_ok(count_events_not_ok),
        .count_intents(count_intents), .count_orders(count_orders),
        .count_allowed(count_allowed), .count_refused_state(count_refused_state),
        .count_refused_order(count_refused_order), .count_refused_collar(count_refused_collar),
        .count_refused_position(count_refused_position),
        .count_refused_rate(count_refused_rate), .count_errors(count_errors),
        .count_verdicts_dropped(count_verdicts_dropped), .count_sent(count_sent),
        .count_dropped(count_dropped), .trace_order(trace_order), .intent_wanted(intent_wanted)
    );
    assign edge_wanted = busy || intent_wanted;

    // ------------------------------------------------------------ what the host reads
    reg [31:0] cycles;
    always @(posedge aclk) cycles <= aresetn ? cycles + 32'd1 : 32'd0;

    // the counters of the other clock, as they were one clock before
    reg [31:0] seen_cycles, seen_rows, seen_rows_dropped, seen_rows_overrun;
    always @(posedge edge_aclk) begin
        seen_cycles       <= cycles;
        seen_rows         <= count_rows;
        seen_rows_dropped <= count_rows_dropped;
        seen_rows_overrun <= count_rows_overrun;
    end

    reg [31:0] top_bid_ticks, top_bid_lots, top_ask_ticks, top_ask_lots;
    always @(posedge edge_aclk) begin
        if (!aresetn) begin
            top_bid_ticks <= 32'd0;
            top_bid_lots  <= 32'd0;
            top_ask_ticks <= 32'd0;
            top_ask_lots  <= 32'd0;
        end else if (top_valid) begin
            top_bid_ticks <= bid_ticks;
            top_bid_lots  <= bid_lots;
            top_ask_ticks <= ask_ticks;
            top_ask_lots  <= ask_lots;
        end
    end

    wire [31:0] status = {16'b0, lost_reason, 2'b0, stat_refused, feed_ended, feed_busy, book_ok,
                          feed_ok, stat_busy, refused, busy, stat_killed, stat_armed};
    // The order is that of the counters in regmap.toml, the last one first.
    assign counters = {
        256'(newest_row), count_feature_rows,
        23'b0, next_sequence[40:32], next_sequence[31:0], 16'b0, live_orders, n_lost, n_foreign,
        n_unknown, n_malformed, n_controls, n_gaps, n_duplicates, n_skipped, n_orders, n_packets,
        count_dropped, count_sent, count_verdicts_dropped,
        16'b0, count_errors, 16'b0, count_refused_rate, 16'b0,
        count_refused_position, 16'b0, count_refused_collar, 16'b0, count_refused_order, 16'b0,
        count_refused_state, count_allowed, count_orders, count_intents, count_events_not_ok,
        count_events, seen_rows_overrun, seen_rows_dropped, seen_rows, seen_cycles,
        top_ask_lots, top_ask_ticks, top_bid_lots, top_bid_ticks, stat_open_sell, stat_open_buy,
        stat_position, status
    };

`ifdef FORMAL
`include "top_proof.svh"
`endif
endmodule
`default_nettype wire
