// Properties of tp_feed, included at its end: the real parser with its own properties, the real top
// of the book over any table and sides (top_book.sby).
    reg f_past = 1'b0;
    reg f_begun = 1'b0;                    // init has come
    reg [17:0] f_set;                      // settings at the last init
    reg [31:0] f_packets;
    wire f_give = order_tvalid && order_tready;
    always @(posedge aclk) begin
        f_past <= 1'b1;
        f_begun <= aresetn && (f_begun || init);
        if (init) f_set <= {cfg_locate, cfg_cents, cfg_join};
        if (!aresetn) f_packets <= 32'd0;
        else if (s_pkt_tvalid && s_pkt_tready) f_packets <= f_packets + 32'(s_pkt_tlast);
    end
    always @(posedge aclk) if (f_past && aresetn) begin
        // reset gives nothing, and nothing comes before init
        if (!f_begun) a_nothing: assert (!feed_ok && !book_ok && !order_tvalid && !top_valid
            && !top_ok && {bid_ticks, bid_lots, ask_ticks, ask_lots} == 128'd0);
        // settings are those of the last init
        if (f_begun) a_set: assert ({locate, cents, join_now} == f_set);
        // no beat is taken while the book is swept
        a_waits: assert (!s_pkt_tready || (!init && !init_busy));
        a_lost: assert (book_ok || (!top_ok && {bid_ticks, ask_ticks} == 64'd0));
        c_word: cover (f_give && n_orders == 32'd1);
        c_top: cover (top_valid && top_ok && n_packets == 32'd1);
        c_lost: cover (!book_ok && f_begun && top_valid);
    end
    always @(posedge aclk) if (f_past && $past(f_past) && $past(f_past, 2)) begin
        // every packet that was taken is counted, once, two clocks later
        a_packets: assert (n_packets == $past(f_packets, 2));
        // a word for the book stays until the book takes it
        if ($past(order_tvalid && !order_tready && !init))
            a_holds: assert (order_tvalid && $stable(order_tdata));
        if ($past(!book_ok && !init)) a_sticky: assert (!book_ok && !top_valid);
    end
