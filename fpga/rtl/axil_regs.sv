// AXI4-Lite front of the register file: turns bus handshakes into one write or one read at a time.
//
// Address and data of a write are taken apart, in either order, so a master may wait with one for
// the other. The register file answers in the clock that it is asked in: data and whether there is
// such a register; an error becomes SLVERR. Low address bits are ignored: a register is a word.
// Latency: a write acts 1 clock after its later half was taken and is answered in the next, a read
// is answered 2 clocks after its address. Reset: no answer is owed. A master that does not take its
// answer holds the next one back; nothing is lost.
`default_nettype none
module tp_axil_regs #(
    parameter integer ADDR_W = 16   // bytes of the window, as a power of two
) (
    input  wire              aclk,
    input  wire              aresetn,
    // The two lowest bits of an address say which byte of a word; a register is the whole word.
    /* verilator lint_off UNUSEDSIGNAL */
    input  wire [ADDR_W-1:0] s_axil_awaddr,
    input  wire [ADDR_W-1:0] s_axil_araddr,
    /* verilator lint_on UNUSEDSIGNAL */
    input  wire              s_axil_awvalid,
    output wire              s_axil_awready,
    input  wire [31:0]       s_axil_wdata,
    input  wire [3:0]        s_axil_wstrb,
    input  wire              s_axil_wvalid,
    output wire              s_axil_wready,
    output wire [1:0]        s_axil_bresp,
    output wire              s_axil_bvalid,
    input  wire              s_axil_bready,
    input  wire              s_axil_arvalid,
    output wire              s_axil_arready,
    output wire [31:0]       s_axil_rdata,
    output wire [1:0]        s_axil_rresp,
    output wire              s_axil_rvalid,
    input  wire              s_axil_rready,
    // one write: acts in the clock in which wr_en is 1, wr_error belongs to the same clock
    output wire              wr_en,
    output wire [ADDR_W-3:0] wr_word,
    output wire [31:0]       wr_data,
    output wire [3:0]        wr_strb,
    input  wire              wr_error,
    // one read: rd_data and rd_error belong to rd_word of the same clock
    output wire [ADDR_W-3:0] rd_word,
    input  wire [31:0]       rd_data,
    input  wire              rd_error
);
    localparam [1:0] OKAY = 2'b00, SLVERR = 2'b10;

    reg              aw_reg, w_reg, b_reg, ar_reg, r_reg;
    reg [ADDR_W-3:0] awword_reg, arword_reg;
    reg [31:0]       wdata_reg, rdata_reg;
    reg [3:0]        wstrb_reg;
    reg [1:0]        bresp_reg, rresp_reg;

    wire b_free = !b_reg || s_axil_bready;
    wire r_free = !r_reg || s_axil_rready;

    assign s_axil_awready = !aw_reg;
    assign s_axil_wready  = !w_reg;
    assign s_axil_bvalid  = b_reg;
    assign s_axil_bresp   = bresp_reg;
    assign s_axil_arready = !ar_reg;
    assign s_axil_rvalid  = r_reg;
    assign s_axil_rdata   = rdata_reg;
    assign s_axil_rresp   = rresp_reg;

    assign wr_en   = aw_reg && w_reg && b_free;
    assign wr_word = awword_reg;
    assign wr_data = wdata_reg;
    assign wr_strb = wstrb_reg;
    assign rd_word = arword_reg;

    always @(posedge aclk) begin
        if (!aresetn) begin
            aw_reg <= 1'b0;
            w_reg  <= 1'b0;
            b_reg  <= 1'b0;
            ar_reg <= 1'b0;
            r_reg  <= 1'b0;
        end else begin
            if (s_axil_awvalid && s_axil_awready) aw_reg <= 1'b1;
            else if (wr_en) aw_reg <= 1'b0;
            if (s_axil_wvalid && s_axil_wready) w_reg <= 1'b1;
            else if (wr_en) w_reg <= 1'b0;
            if (wr_en) b_reg <= 1'b1;
            else if (s_axil_bready) b_reg <= 1'b0;
            if (s_axil_arvalid && s_axil_arready) ar_reg <= 1'b1;
            else if (r_free) ar_reg <= 1'b0;
            if (ar_reg && r_free) r_reg <= 1'b1;
            else if (s_axil_rready) r_reg <= 1'b0;
        end
        if (s_axil_awvalid && s_axil_awready) awword_reg <= s_axil_awaddr[ADDR_W-1:2];
        if (s_axil_wvalid && s_axil_wready) begin
            wdata_reg <= s_axil_wdata;
            wstrb_reg <= s_axil_wstrb;
        end
        if (s_axil_arvalid && s_axil_arready) arword_reg <= s_axil_araddr[ADDR_W-1:2];
        if (wr_en) bresp_reg <= wr_error ? SLVERR : OKAY;
        if (ar_reg && r_free) begin
            rdata_reg <= rd_error ? 32'h0 : rd_data;
            rresp_reg <= rd_error ? SLVERR : OKAY;
        end
    end

`ifdef FORMAL
    reg past_ok = 1'b0;
    always @(posedge aclk) past_ok <= 1'b1;
    always @* assume (aresetn == past_ok);
    // What a master owes: valid and payload hold until ready.
    always @(posedge aclk) if (past_ok && $past(aresetn)) begin
        if ($past(s_axil_awvalid && !s_axil_awready))
            u_aw: assume (s_axil_awvalid && $stable(s_axil_awaddr));
        if ($past(s_axil_wvalid && !s_axil_wready))
            u_w: assume (s_axil_wvalid && $stable(s_axil_wdata) && $stable(s_axil_wstrb));
        if ($past(s_axil_arvalid && !s_axil_arready))
            u_ar: assume (s_axil_arvalid && $stable(s_axil_araddr));
    end
    // Answers owed: those of addresses taken less those of answers taken.
    reg [3:0] owed_b = 4'd0, owed_w = 4'd0, owed_r = 4'd0;
    always @(posedge aclk) begin
        if (!aresetn) begin
            owed_b <= 4'd0;
            owed_w <= 4'd0;
            owed_r <= 4'd0;
        end else begin
            owed_b <= owed_b + 4'(s_axil_awvalid && s_axil_awready)
                - 4'(s_axil_bvalid && s_axil_bready);
            owed_w <= owed_w + 4'(s_axil_wvalid && s_axil_wready)
                - 4'(s_axil_bvalid && s_axil_bready);
            owed_r <= owed_r + 4'(s_axil_arvalid && s_axil_arready)
                - 4'(s_axil_rvalid && s_axil_rready);
        end
    end
    always @(posedge aclk) if (past_ok && $past(aresetn)) begin
        if ($past(s_axil_bvalid && !s_axil_bready))
            a_b_holds: assert (s_axil_bvalid && $stable(s_axil_bresp));
        if ($past(s_axil_rvalid && !s_axil_rready))
            a_r_holds: assert (s_axil_rvalid && $stable(s_axil_rdata) && $stable(s_axil_rresp));
        a_answer_follows_write: assert (!(s_axil_bvalid && !$past(s_axil_bvalid)) || $past(wr_en));
    end
    always @(posedge aclk) if (past_ok && aresetn) begin
        a_owed_aw: assert (owed_b == 4'(aw_reg) + 4'(b_reg));
        a_owed_w: assert (owed_w == 4'(w_reg) + 4'(b_reg));
        a_owed_r: assert (owed_r == 4'(ar_reg) + 4'(r_reg));
        a_no_false_answer: assert (!s_axil_bvalid || (owed_b != 0 && owed_w != 0));
        c_write_error: cover (s_axil_bvalid && s_axil_bresp == SLVERR);
        c_data_first: cover (wr_en && $past(w_reg, 2) && !$past(aw_reg, 2));
        c_read_back_to_back: cover (s_axil_rvalid && s_axil_rready && ar_reg);
    end
`endif
endmodule
`default_nettype wire
