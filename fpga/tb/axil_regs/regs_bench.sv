// The bus front and the register file together, with a bank that takes DRAIN clocks for a commit.
// Read-only words are constants that name their place.
`default_nettype none
module regs_bench #(
    parameter integer DRAIN = 20   // clocks that a commit keeps the bank busy
) (
    input  wire        aclk,
    input  wire        aresetn,
    input  wire [15:0] s_axil_awaddr,
    input  wire        s_axil_awvalid,
    output wire        s_axil_awready,
    input  wire [2:0]  s_axil_awprot,
    input  wire [31:0] s_axil_wdata,
    input  wire [3:0]  s_axil_wstrb,
    input  wire        s_axil_wvalid,
    output wire        s_axil_wready,
    output wire [1:0]  s_axil_bresp,
    output wire        s_axil_bvalid,
    input  wire        s_axil_bready,
    input  wire [15:0] s_axil_araddr,
    input  wire        s_axil_arvalid,
    output wire        s_axil_arready,
    input  wire [2:0]  s_axil_arprot,
    output wire [31:0] s_axil_rdata,
    output wire [1:0]  s_axil_rresp,
    output wire        s_axil_rvalid,
    input  wire        s_axil_rready,
    output reg  [31:0] words_written,   // of the table
    output reg  [43:0] last_word        // {address, data}
);
    localparam integer IDENTITY = tp_regs_pkg::IDENTITY_WORDS;
    localparam integer COUNTERS = tp_regs_pkg::COUNTERS_WORDS;
    wire        wr_en, wr_error, rd_error, param_we, commit;
    wire [13:0] wr_at, rd_at;
    wire [31:0] wr_data, rd_data, param_data;
    wire [3:0]  wr_strb;
    wire [11:0] param_addr;
    wire [32*IDENTITY-1:0] identity;
    wire [32*COUNTERS-1:0] counters;
    reg  [7:0]  drains;
    genvar k;
    generate
        for (k = 0; k < IDENTITY; k = k + 1) assign identity[32*k +: 32] = 32'h1D000000 + k;
        for (k = 0; k < COUNTERS; k = k + 1) assign counters[32*k +: 32] = 32'hC0000000 + k;
    endgenerate
    always @(posedge aclk) begin
        if (!aresetn) begin
            drains <= 0;
            words_written <= 0;
        end else begin
            drains <= commit ? DRAIN : drains - 8'(drains != 0);
            if (param_we) begin
                words_written <= words_written + 1;
                last_word <= {param_addr, param_data};
            end
        end
    end
    tp_axil_regs #(.ADDR_W(16)) front (.wr_word(wr_at), .rd_word(rd_at), .*);
    tp_regfile #(.ADDR_W(16)) file (
        .aclk, .aresetn, .wr_en, .wr_at, .wr_data, .wr_strb, .wr_error, .rd_at, .rd_data, .rd_error,
        .hold_rows(), .row_open(1'b0), .features_reset(), .host_top(), .host_top_ok(),
        .host_top_valid(), .identity, .counters, .shadow(), .settings(), .settings_new(),
        .arm(), .kill(), .feed_reset(), .param_we, .param_addr, .param_data, .commit,
        .commit_busy(drains != 0),
        .commit_refused(1'b0), .bounds_busy(1'b0), .busy(), .refused()
    );
endmodule
`default_nettype wire
