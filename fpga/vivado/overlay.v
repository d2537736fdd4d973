// tp_overlay: tp_top as Vivado packages it: plain Verilog, one clock, and the board's own time.
// A PTP clock takes the place of tp_timebase where there is one. Latency and reset: as tp_top.
`default_nettype none
module tp_overlay #(
    parameter integer NF = 8,
    parameter integer FW = 25,
    parameter integer STRATEGIES = 64,
    parameter integer CHUNKS = 4,
    parameter integer HIDDEN = 1,
    parameter integer NS_PER_CLOCK = 10,
    parameter integer BUILD = 0
) (
    (* X_INTERFACE_INFO = "xilinx.com:signal:clock:1.0 aclk CLK" *)
    (* X_INTERFACE_PARAMETER = "ASSOCIATED_RESET aresetn, ASSOCIATED_BUSIF s_axil:s_axis_rows:m_axis_scores:s_axis_messages:m_axis_verdicts:s_axis_feed:m_axis_orders" *)
    input  wire             aclk,
    (* X_INTERFACE_INFO = "xilinx.com:signal:reset:1.0 aresetn RST" *)
    (* X_INTERFACE_PARAMETER = "POLARITY ACTIVE_LOW" *)
    input  wire             aresetn,
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
    output wire             trace_top,
    output wire             trace_order
);
    wire [63:0] now_ns;
    tp_timebase #(.NS_PER_CLOCK(NS_PER_CLOCK)) timebase (
        .aclk(aclk), .aresetn(aresetn), .now_ns(now_ns)
    );

    tp_top #(
        .NF(NF), .FW(FW), .STRATEGIES(STRATEGIES), .CHUNKS(CHUNKS), .HIDDEN(HIDDEN),
        .NS_PER_CLOCK(NS_PER_CLOCK), .BUILD(BUILD)
    ) core (
        .aclk(aclk), .edge_aclk(aclk), .aresetn(aresetn), .time_ns(now_ns),
        .s_axil_awaddr(s_axil_awaddr), .s_axil_awvalid(s_axil_awvalid),
        .s_axil_awready(s_axil_awready), .s_axil_wdata(s_axil_wdata),
        .s_axil_wstrb(s_axil_wstrb), .s_axil_wvalid(s_axil_wvalid),
        .s_axil_wready(s_axil_wready), .s_axil_bresp(s_axil_bresp),
        .s_axil_bvalid(s_axil_bvalid), .s_axil_bready(s_axil_bready),
        .s_axil_araddr(s_axil_araddr), .s_axil_arvalid(s_axil_arvalid),
        .s_axil_arready(s_axil_arready), .s_axil_rdata(s_axil_rdata),
        .s_axil_rresp(s_axil_rresp), .s_axil_rvalid(s_axil_rvalid),
        .s_axil_rready(s_axil_rready),
        .s_axis_rows_tdata(s_axis_rows_tdata), .s_axis_rows_tvalid(s_axis_rows_tvalid),
        .s_axis_rows_tready(s_axis_rows_tready), .s_axis_rows_tlast(s_axis_rows_tlast),
        .m_axis_scores_tdata(m_axis_scores_tdata), .m_axis_scores_tvalid(m_axis_scores_tvalid),
        .m_axis_scores_tready(m_axis_scores_tready), .m_axis_scores_tlast(m_axis_scores_tlast),
        .s_axis_messages_tdata(s_axis_messages_tdata),
        .s_axis_messages_tvalid(s_axis_messages_tvalid),
        .s_axis_messages_tready(s_axis_messages_tready),
        .s_axis_messages_tlast(s_axis_messages_tlast),
        .m_axis_verdicts_tdata(m_axis_verdicts_tdata),
        .m_axis_verdicts_tvalid(m_axis_verdicts_tvalid),
        .m_axis_verdicts_tready(m_axis_verdicts_tready),
        .m_axis_verdicts_tlast(m_axis_verdicts_tlast),
        .s_axis_feed_tdata(s_axis_feed_tdata), .s_axis_feed_tkeep(s_axis_feed_tkeep),
        .s_axis_feed_tvalid(s_axis_feed_tvalid), .s_axis_feed_tready(s_axis_feed_tready),
        .s_axis_feed_tlast(s_axis_feed_tlast),
        .m_axis_orders_tdata(m_axis_orders_tdata), .m_axis_orders_tkeep(m_axis_orders_tkeep),
        .m_axis_orders_tvalid(m_axis_orders_tvalid), .m_axis_orders_tready(m_axis_orders_tready),
        .m_axis_orders_tlast(m_axis_orders_tlast),
        .trace_top(trace_top), .trace_order(trace_order)
    );
endmodule
`default_nettype wire
