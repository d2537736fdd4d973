// Properties of tp_gate_counts, of its ports: included at its end. Every counter is the number of
// its events two clocks ago, or its largest number.
    reg f_past = 1'b0;
    wire f_state = code == 600;
    wire f_order = code == 602 || (code >= 605 && code <= 607);
    wire f_collar = code == 611;
    wire f_position = code == 610 || code == 614 || code == 615;
    wire f_rate = code == 612;
    reg [39:0] f_n [0:7];
    function automatic [31:0] f_up_to(input [39:0] n, input integer bits);
        f_up_to = n >= (40'd1 << bits) ? 32'((40'd1 << bits) - 1) : n[31:0];
    endfunction
    always @* begin
        if (!f_past) assume (!aresetn);
        // the gate gives no other codes, and an overlay lives for less than 2^39 orders
        assume (code == 0 || f_state || f_order || f_collar || f_position || f_rate);
        for (int i = 0; i < 8; i = i + 1) assume (!f_n[i][39]);
    end
    always @(posedge aclk) begin
        f_past <= 1'b1;
        for (int i = 0; i < 8; i = i + 1)
            if (!aresetn) f_n[i] <= 0;
        if (aresetn) begin
            f_n[0] <= f_n[0] + 40'(decided);
            f_n[1] <= f_n[1] + 40'(decided && code == 0);
            f_n[2] <= f_n[2] + 40'(decided && f_state);
            f_n[3] <= f_n[3] + 40'(decided && f_order);
            f_n[4] <= f_n[4] + 40'(decided && f_collar);
            f_n[5] <= f_n[5] + 40'(decided && f_position);
            f_n[6] <= f_n[6] + 40'(decided && f_rate);
            f_n[7] <= f_n[7] + 40'(error);
        end
        if (f_past && !$past(aresetn)) a_reset: assert (orders == 0 && allowed == 0
            && refused_state == 0 && refused_order == 0 && refused_collar == 0
            && refused_position == 0 && refused_rate == 0 && errors == 0);
        if (f_past && $past(f_past && aresetn)) begin
            a_orders: assert (orders == f_up_to($past(f_n[0]), 32));
            a_allowed: assert (allowed == f_up_to($past(f_n[1]), 32));
            a_state: assert (refused_state == f_up_to($past(f_n[2]), 16));
            a_order: assert (refused_order == f_up_to($past(f_n[3]), 16));
            a_collar: assert (refused_collar == f_up_to($past(f_n[4]), 16));
            a_position: assert (refused_position == f_up_to($past(f_n[5]), 16));
            a_rate: assert (refused_rate == f_up_to($past(f_n[6]), 16));
            a_errors: assert (errors == f_up_to($past(f_n[7]), 16));
        end
        c_each: cover (allowed == 1 && refused_state == 1 && refused_order == 1
            && refused_collar == 1 && refused_position == 1 && refused_rate == 1 && errors == 2);
    end
