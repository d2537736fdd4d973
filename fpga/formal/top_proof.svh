// Properties of tp_top, included at its end: the real registers and skids. Feed and chain are cut
// out; of the chain this is assumed, which chain.sby proves: no order before it has been armed.
    localparam integer ARM = tp_regs_pkg::CTRL_ARM;
    localparam integer CTRL = (tp_regs_pkg::CONTROL_BASE >> 2) + tp_regs_pkg::CTRL;
    reg f_past = 1'b0;
    reg f_word = 1'b0;                     // the host has written a word with the bit ARM
    reg f_asked = 1'b0;                    // and it has come to CTRL
    reg f_armed = 1'b0;
    reg [31:0] f_cycles;
    reg [127:0] f_top;
    reg [3:0] f_aw, f_w, f_ar;             // taken and not answered
    wire f_b_given = s_axil_bvalid && s_axil_bready;
    wire f_r_given = s_axil_rvalid && s_axil_rready;
    always @* begin
        if (!f_past) assume (!aresetn);
        if (!f_armed) u_chain: assume (!m_axis_orders_tvalid);
    end
    always @(posedge aclk) begin
        f_past <= 1'b1;
        f_word <= aresetn && (f_word || (s_axil_wvalid && s_axil_wready && s_axil_wdata[ARM]
                                         && s_axil_wstrb[0]));
        f_asked <= aresetn && (f_asked || (wr_en && 32'(wr_word) == CTRL && wr_data[ARM]
                                           && wr_strb[0]));
        f_armed <= aresetn && (f_armed || (arm && !kill));
        f_cycles <= aresetn ? f_cycles + 32'd1 : 32'd0;
        if (!aresetn) f_top <= 128'd0;
        else if (top_valid) f_top <= {ask_lots, ask_ticks, bid_lots, bid_ticks};
        f_aw <= aresetn ? f_aw + 4'(s_axil_awvalid && s_axil_awready) - 4'(f_b_given) : 4'd0;
        f_w <= aresetn ? f_w + 4'(s_axil_wvalid && s_axil_wready) - 4'(f_b_given) : 4'd0;
        f_ar <= aresetn ? f_ar + 4'(s_axil_arvalid && s_axil_arready) - 4'(f_r_given) : 4'd0;
    end
    always @(posedge aclk) if (f_past) begin
        // reset never trades: orders need the host's word
        if (!f_word) a_word: assert (!f_asked && (s_axil_wready || !(wr_data[ARM] && wr_strb[0])));
        if (!f_asked) a_disarmed: assert (!arm && !f_armed && !m_axis_orders_tvalid);
        // every access has one answer
        a_writes: assert (f_aw == 4'(!s_axil_awready) + 4'(s_axil_bvalid)
                          && f_w == 4'(!s_axil_wready) + 4'(s_axil_bvalid));
        a_reads: assert (f_ar == 4'(!s_axil_arready) + 4'(s_axil_rvalid));
        // what the host reads
        a_cycles: assert (cycles == f_cycles);
        a_top: assert ({top_ask_lots, top_ask_ticks, top_bid_lots, top_bid_ticks} == f_top);
        c_armed: cover (m_axis_orders_tvalid);
        c_read: cover (s_axil_rvalid && s_axil_rresp == 2'b00 && s_axil_rdata != 32'd0);
        c_refused: cover (s_axil_bvalid && s_axil_bresp == 2'b10);
        c_kept: cover (!s_axis_rows_tready && rows_tvalid && f_cycles > 32'd1);
    end
    always @(posedge aclk) if (f_past && $past(f_past) && $past(aresetn)) begin
        if ($past(s_axil_bvalid && !s_axil_bready))
            a_b_holds: assert (s_axil_bvalid && $stable(s_axil_bresp));
        if ($past(s_axil_rvalid && !s_axil_rready))
            a_r_holds: assert (s_axil_rvalid && $stable(s_axil_rdata) && $stable(s_axil_rresp));
    end

    // Streams of the host: what goes in comes out once, in order; at most one beat is inside.
`define F_STREAM(name, w, s_valid, s_ready, s_beat, m_valid, m_ready, m_beat) \
    reg [w-1:0] name``_last; \
    reg         name``_inside; \
    always @(posedge aclk) begin \
        name``_inside <= aresetn && m_valid && !m_ready; \
        if (s_valid && s_ready) name``_last <= s_beat; \
        if (f_past && aresetn) begin \
            name``_a_beat: assert (!m_valid || m_beat == (name``_inside ? name``_last : s_beat)); \
            name``_a_valid: assert (m_valid == (name``_inside || (s_valid && s_ready))); \
            name``_a_ready: assert (!(name``_inside && s_ready)); \
        end \
    end
    `F_STREAM(f_rows, NF*32+1, s_axis_rows_tvalid, s_axis_rows_tready,
        ({s_axis_rows_tlast, s_axis_rows_tdata}), rows_tvalid, rows_tready,
        ({rows_tlast, rows_tdata}))
    `F_STREAM(f_messages, 129, s_axis_messages_tvalid, s_axis_messages_tready,
        ({s_axis_messages_tlast, s_axis_messages_tdata}), messages_tvalid, messages_tready,
        ({messages_tlast, messages_tdata}))
    `F_STREAM(f_feed, 73, s_axis_feed_tvalid, s_axis_feed_tready,
        ({s_axis_feed_tlast, s_axis_feed_tkeep, s_axis_feed_tdata}), feed_tvalid, feed_tready,
        ({feed_tlast, feed_tkeep, feed_tdata}))
`undef F_STREAM
