// Properties of tp_top_book, included at its end. In place of the table and the two sides stand any
// that keep the contracts below, which order_table.sby and price_side.sby prove.
    reg f_past = 1'b0;
    reg [31:0] f_tops, f_lost;
    reg        f_begun;                    // init has come since the last reset
    wire [95:0] f_top = {bid_ticks[23:0], bid_lots[23:0], ask_ticks[23:0], ask_lots[23:0]};
    wire [95:0] f_sides = {any[0] ? {bid_key, bid_sum} : 48'd0,
                           any[1] ? {~ask_key, ask_sum} : 48'd0};
    reg  [1:0] f_works;                    // a change is in a side
    wire f_quiet = !init && aresetn;
    always @* begin
        if (!f_past) assume (!aresetn);
        if (f_past) begin
            u_done: assume ((done & ~f_works) == 2'b00);   // an answer is one to a change
            u_known: assume ((any & ~known) == 2'b00);     // a best level is a known one
        end
    end
    // answers hold until the next change; so does a level that is offered
    always @(posedge aclk) if (f_past && $past(aresetn && !init && f_past)) begin
        if (!$past(f_works[0])) u_bid: assume ($stable({any[0], known[0], bid_key, bid_sum}));
        if (!$past(f_works[1])) u_ask: assume ($stable({any[1], known[1], ask_key, ask_sum}));
        if ($past(level_valid && !level_ready)) u_level: assume (level_valid
            && $stable({level_lost, level_reason, level_last, level_add, level_gone, level_side}));
    end else if (f_past && $past(f_past)) u_none: assume (any == 2'b00 && !level_valid);
    always @(posedge aclk) begin
        f_past <= 1'b1;
        f_begun <= aresetn && (f_begun || init);
        f_works <= f_quiet ? (f_works & ~done) | {start && level_side, start && !level_side}
                           : 2'b00;
        if (!aresetn) {f_tops, f_lost} <= 64'd0;
        else begin
            f_tops <= f_tops + 32'(top_valid);
            f_lost <= f_lost + 32'(f_quiet && book_ok && e_lost);
        end
    end
    always @(posedge aclk) if (f_past) begin
        // nothing before init, nothing but zeros in a book that is lost
        a_never: assert (f_begun || (!book_ok && !top_valid && lost_reason == NEVER));
        a_zero: assert (book_ok || (!top_ok && f_top == 96'd0));
        a_24_bits: assert ({bid_ticks[31:24], bid_lots[31:24], ask_ticks[31:24], ask_lots[31:24]}
                           == 32'd0);
        a_ok: assert (!top_ok || (book_ok && bid_ticks <= ask_ticks));
        // the sides get one change at a time, and each ends once
        a_one: assert ((f_works != 2'b00) == running && f_works != 2'b11);
        if (start) a_idle: assert ((f_works & ~done) == 2'b00);
        // counters
        a_tops: assert (n_tops == f_tops);
        a_lost: assert (n_lost == f_lost);
    end
    always @(posedge aclk) if (f_past && $past(f_past) && $past(f_quiet)) begin
        // after the last change of a message the top is the best of both sides, told if it is new
        if ($past(e_valid && !e_lost && book_ok)) begin
            a_top: assert (f_top == $past({e_bid, e_bid_lots, e_ask, e_ask_lots}));
            a_told: assert (top_valid == (f_top != $past(f_top)));
            a_good: assert (!top_valid
                || top_ok == ($past(e_any) == 2'b11 && bid_ticks <= ask_ticks));
        end
        if ($past(e_valid, 1) && $past(f_quiet, 2) && $past(f_past, 2))
            a_sides: assert ($past({e_bid, e_bid_lots, e_ask, e_ask_lots}) == $past(f_sides, 2)
                             && $past(finished && last, 2));
        if (!top_valid) a_stays: assert ($stable(f_top) && $stable(top_ok) && $stable(book_ok));
        // a loss is told once, with its reason, and nothing after it
        if ($past(book_ok && e_lost))
            a_loss: assert (top_valid && !book_ok && lost_reason == $past(e_reason));
        if ($past(!book_ok))
            a_sticky: assert (!book_ok && !top_valid && $stable(lost_reason));
        if ($past(fault != 2'd0 && finished && book_ok)) a_fault: assert (e_lost || !f_quiet);
        if ($past(lose && !(e_lost || !book_ok))) a_lose: assert (e_lost);
        c_ok: cover (top_valid && top_ok);
        c_lost: cover (top_valid && !book_ok && lost_reason == 4'd5);
        c_again: cover (book_ok && n_lost == 32'd1);
    end
