// The overlay with its two clocks tied, as on a board, and a time that counts 5 ns a clock.
`default_nettype none
module top_bench (
    input  wire         aclk,
    input  wire         aresetn,
    input  wire [15:0]  s_axil_awaddr,
    input  wire         s_axil_awvalid,
    output wire         s_axil_awready,
    input  wire [2:0]   s_axil_awprot,
    input  wire [31:0]  s_axil_wdata,
    input  wire [3:0]   s_axil_wstrb,
    input  wire         s_axil_wvalid,
    output wire         s_axil_wready,
    output wire [1:0]   s_axil_bresp,
    output wire         s_axil_bvalid,
    input  wire         s_axil_bready,
    input  wire [15:0]  s_axil_araddr,
    input  wire         s_axil_arvalid,
    output wire         s_axil_arready,
    input  wire [2:0]   s_axil_arprot,
    output wire [31:0]  s_axil_rdata,
    output wire [1:0]   s_axil_rresp,
    output wire         s_axil_rvalid,
    input  wire         s_axil_rready,
    input  wire [255:0] s_axis_rows_tdata,
    input  wire         s_axis_rows_tvalid,
    output wire         s_axis_rows_tready,
    input  wire         s_axis_rows_tlast,
    output wire [127:0] m_axis_scores_tdata,
    output wire         m_axis_scores_tvalid,
    input  wire         m_axis_scores_tready,
    output wire         m_axis_scores_tlast,
    input  wire [127:0] s_axis_messages_tdata,
    input  wire         s_axis_messages_tvalid,
    output wire         s_axis_messages_tready,
    input  wire         s_axis_messages_tlast,
    output wire [63:0]  m_axis_verdicts_tdata,
    output wire         m_axis_verdicts_tvalid,
    input  wire         m_axis_verdicts_tready,
    output wire         m_axis_verdicts_tlast,
    output wire [63:0]  m_axis_orders_tdata,
    output wire [7:0]   m_axis_orders_tkeep,
    output wire         m_axis_orders_tvalid,
    input  wire         m_axis_orders_tready,
    output wire         m_axis_orders_tlast
);
    reg [63:0] time_ns;
    always @(posedge aclk) time_ns <= aresetn ? time_ns + 64'd5 : 64'd0;
    tp_top top (
        .edge_aclk(aclk), .s_axis_feed_tdata(64'd0), .s_axis_feed_tkeep(8'd0),
        .s_axis_feed_tvalid(1'b0), .s_axis_feed_tready(), .s_axis_feed_tlast(1'b0),
        .trace_top(), .trace_order(), .*
    );
endmodule
`default_nettype wire
