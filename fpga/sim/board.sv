// The overlay as the simulated board clocks it: a clock each time `tick` changes.
//
// The bus master of a board drives its pins out of registers of the same clock; so does this
// module: an input acts from the clock on that is given it. That makes the whole design settle once
// a clock, where inputs that change between two clocks would have to go through it first.
// Outputs are those of tp_top. The clock is a pulse without a length, and the clock of what may
// sleep (edge_aclk of tp_top) goes with it while `awake`. For Verilator alone, not for a board.
`default_nettype none
module tp_board #(
    parameter integer NF = 8,             // all as in tp_top
    parameter integer FW = 25,
    parameter integer STRATEGIES = 64,
    parameter integer CHUNKS = 4,
    parameter integer HIDDEN = 1,
    parameter integer NS_PER_CLOCK = 5,
    parameter integer BUILD = 0
) (
    input  wire             tick,
    input  wire             awake,
    input  wire              aresetn,
    input  wire [63:0]       time_ns,
    input  wire [15:0]       s_axil_awaddr,
    input  wire              s_axil_awvalid,
    output wire              s_axil_awready,
    input  wire [31:0]       s_axil_wdata,
    input  wire [3:0]        s_axil_wstrb,
    input  wire              s_axil_wvalid,
    output wire              s_axil_wready,
    output wire [1:0]        s_axil_bresp,
    output wire              s_axil_bvalid,
    input  wire              s_axil_bready,
    input  wire [15:0]       s_axil_araddr,
    input  wire              s_axil_arvalid,
    output wire              s_axil_arready,
    output wire [31:0]       s_axil_rdata,
    output wire [1:0]        s_axil_rresp,
    output wire              s_axil_rvalid,
    input  wire              s_axil_rready,
    input  wire [NF*32-1:0]  s_axis_rows_tdata,
    input  wire              s_axis_rows_tvalid,
    output wire              s_axis_rows_tready,
    input  wire              s_axis_rows_tlast,
    output wire [127:0]      m_axis_scores_tdata,
    output wire              m_axis_scores_tvalid,
    input  wire              m_axis_scores_tready,
    output wire              m_axis_scores_tlast,
    input  wire [127:0]      s_axis_messages_tdata,
    input  wire              s_axis_messages_tvalid,
    output wire              s_axis_messages_tready,
    input  wire              s_axis_messages_tlast,
    output wire [63:0]       m_axis_verdicts_tdata,
    output wire              m_axis_verdicts_tvalid,
    input  wire              m_axis_verdicts_tready,
    output wire              m_axis_verdicts_tlast,
    input  wire [63:0]       s_axis_feed_tdata,
    input  wire [7:0]        s_axis_feed_tkeep,
    input  wire              s_axis_feed_tvalid,
    output wire              s_axis_feed_tready,
    input  wire              s_axis_feed_tlast,
    output wire [63:0]       m_axis_orders_tdata,
    output wire [7:0]        m_axis_orders_tkeep,
    output wire              m_axis_orders_tvalid,
    input  wire              m_axis_orders_tready,
    output wire              m_axis_orders_tlast,
    output wire              trace_top,
    output wire              trace_order,
    output wire              edge_wanted
);
    reg  aclk_done = 1'b0;
    wire aclk = tick ^ aclk_done;
    wire edge_aclk = aclk && awake;
    always @(posedge aclk) aclk_done <= tick;

    reg              aresetn_q;
    reg [63:0]       time_ns_q;
    reg [15:0]       s_axil_awaddr_q;
    reg              s_axil_awvalid_q;
    reg [31:0]       s_axil_wdata_q;
    reg [3:0]        s_axil_wstrb_q;
    reg              s_axil_wvalid_q;
    reg              s_axil_bready_q;
    reg [15:0]       s_axil_araddr_q;
    reg              s_axil_arvalid_q;
    reg              s_axil_rready_q;
    reg [NF*32-1:0]  s_axis_rows_tdata_q;
    reg              s_axis_rows_tvalid_q;
    reg              s_axis_rows_tlast_q;
    reg              m_axis_scores_tready_q;
    reg [127:0]      s_axis_messages_tdata_q;
    reg              s_axis_messages_tvalid_q;
    reg              s_axis_messages_tlast_q;
    reg              m_axis_verdicts_tready_q;
    reg [63:0]       s_axis_feed_tdata_q;
    reg [7:0]        s_axis_feed_tkeep_q;
    reg              s_axis_feed_tvalid_q;
    reg              s_axis_feed_tlast_q;
    reg              m_axis_orders_tready_q;
    always @(posedge aclk) begin
        s_axis_rows_tdata_q <= s_axis_rows_tdata;
        s_axis_rows_tvalid_q <= s_axis_rows_tvalid;
        s_axis_rows_tlast_q <= s_axis_rows_tlast;
        m_axis_scores_tready_q <= m_axis_scores_tready;
    end
    always @(posedge edge_aclk) begin
        aresetn_q <= aresetn;
        time_ns_q <= time_ns;
        s_axil_awaddr_q <= s_axil_awaddr;
        s_axil_awvalid_q <= s_axil_awvalid;
        s_axil_wdata_q <= s_axil_wdata;
        s_axil_wstrb_q <= s_axil_wstrb;
        s_axil_wvalid_q <= s_axil_wvalid;
        s_axil_bready_q <= s_axil_bready;
        s_axil_araddr_q <= s_axil_araddr;
        s_axil_arvalid_q <= s_axil_arvalid;
        s_axil_rready_q <= s_axil_rready;
        s_axis_messages_tdata_q <= s_axis_messages_tdata;
        s_axis_messages_tvalid_q <= s_axis_messages_tvalid;
        s_axis_messages_tlast_q <= s_axis_messages_tlast;
        m_axis_verdicts_tready_q <= m_axis_verdicts_tready;
        s_axis_feed_tdata_q <= s_axis_feed_tdata;
        s_axis_feed_tkeep_q <= s_axis_feed_tkeep;
        s_axis_feed_tvalid_q <= s_axis_feed_tvalid;
        s_axis_feed_tlast_q <= s_axis_feed_tlast;
        m_axis_orders_tready_q <= m_axis_orders_tready;
    end

    tp_top #(
        .NF(NF), .FW(FW), .STRATEGIES(STRATEGIES), .CHUNKS(CHUNKS), .HIDDEN(HIDDEN),
        .NS_PER_CLOCK(NS_PER_CLOCK), .BUILD(BUILD)
    ) top (
        .aclk(aclk), .edge_aclk(edge_aclk),
        .aresetn(aresetn_q), .time_ns(time_ns_q), .s_axil_awaddr(s_axil_awaddr_q),
        .s_axil_awvalid(s_axil_awvalid_q), .s_axil_wdata(s_axil_wdata_q),
        .s_axil_wstrb(s_axil_wstrb_q), .s_axil_wvalid(s_axil_wvalid_q),
        .s_axil_bready(s_axil_bready_q), .s_axil_araddr(s_axil_araddr_q),
        .s_axil_arvalid(s_axil_arvalid_q), .s_axil_rready(s_axil_rready_q),
        .s_axis_rows_tdata(s_axis_rows_tdata_q), .s_axis_rows_tvalid(s_axis_rows_tvalid_q),
        .s_axis_rows_tlast(s_axis_rows_tlast_q), .m_axis_scores_tready(m_axis_scores_tready_q),
        .s_axis_messages_tdata(s_axis_messages_tdata_q),
        .s_axis_messages_tvalid(s_axis_messages_tvalid_q),
        .s_axis_messages_tlast(s_axis_messages_tlast_q),
        .m_axis_verdicts_tready(m_axis_verdicts_tready_q),
        .s_axis_feed_tdata(s_axis_feed_tdata_q), .s_axis_feed_tkeep(s_axis_feed_tkeep_q),
        .s_axis_feed_tvalid(s_axis_feed_tvalid_q), .s_axis_feed_tlast(s_axis_feed_tlast_q),
        .m_axis_orders_tready(m_axis_orders_tready_q), .s_axil_awready(s_axil_awready),
        .s_axil_wready(s_axil_wready), .s_axil_bresp(s_axil_bresp), .s_axil_bvalid(s_axil_bvalid),
        .s_axil_arready(s_axil_arready), .s_axil_rdata(s_axil_rdata), .s_axil_rresp(s_axil_rresp),
        .s_axil_rvalid(s_axil_rvalid), .s_axis_rows_tready(s_axis_rows_tready),
        .m_axis_scores_tdata(m_axis_scores_tdata), .m_axis_scores_tvalid(m_axis_scores_tvalid),
        .m_axis_scores_tlast(m_axis_scores_tlast),
        .s_axis_messages_tready(s_axis_messages_tready),
        .m_axis_verdicts_tdata(m_axis_verdicts_tdata),
        .m_axis_verdicts_tvalid(m_axis_verdicts_tvalid),
        .m_axis_verdicts_tlast(m_axis_verdicts_tlast), .s_axis_feed_tready(s_axis_feed_tready),
        .m_axis_orders_tdata(m_axis_orders_tdata), .m_axis_orders_tkeep(m_axis_orders_tkeep),
        .m_axis_orders_tvalid(m_axis_orders_tvalid), .m_axis_orders_tlast(m_axis_orders_tlast),
        .trace_top(trace_top), .trace_order(trace_order), .edge_wanted(edge_wanted)
    );
endmodule
`default_nettype wire
