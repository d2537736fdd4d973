// tp_price_side: the price levels of one side of a book in a window, and the best of them.
//
// A key is better the higher it is: ticks of a bid, their complement for an ask. The window is the
// 2^(WORD_W + WORDS_W) keys up to the highest one seen (`anchor`), in a ring: a bit says whether a
// level has lots, a memory how many. A better key moves the window up and forgets what falls out;
// orders below the window are only counted. With no order left the next one starts the window anew.
// So an order is in the levels exactly while its key is in the window. `best_known` is 0 when
// orders are left but no level: the best is then unknown.
//
// One change at a time, `done` says that the answers hold; the next op comes then or later. Latency
// from op to done: 4 clocks, 8 when the window moves, 10 when the best level empties. `fault`: more
// lots than LOTS_W bits, or a change that contradicts the levels; the answers are void then until
// `init`. Reset: as `init`, no levels.
`default_nettype none
module tp_price_side #(
    parameter integer WORD_W = 5,          // log2 of the levels in a word of the bitmap
    parameter integer WORDS_W = 5,         // log2 of its words
    parameter integer LIVE_W = 16,
    parameter integer KEY_W = 24,
    parameter integer LOTS_W = 24
) (
    input  wire        aclk,
    input  wire        aresetn,
    input  wire        init,
    input  wire        op_valid,
    input  wire        op_add,             // else the lots leave
    input  wire        op_gone,            // the order leaves as a whole
    input  wire [KEY_W-1:0] op_key,
    input  wire [LOTS_W-1:0] op_lots,
    output reg         done,
    output reg         fault,
    output wire        best_known,
    output reg         any,
    output reg  [KEY_W-1:0] best_key,
    output reg  [LOTS_W-1:0] best_lots
);
    localparam integer INDEX_W = WORD_W + WORDS_W;
    localparam integer WORD = 1 << WORD_W;
    localparam integer WORDS = 1 << WORDS_W;
    localparam [3:0] IDLE = 0, LOOK = 1, PLAN = 2, CHANGE = 3, LEAVE = 4, LEFT = 5, ENTER = 6,
                     ENTERED = 7, FIND = 8, FIND_WORD = 9, FETCH = 10, FIND_BIT = 11, READ = 12,
                     BEST = 13;

    reg [3:0]        state;
    reg              add, gone;
    reg [KEY_W-1:0]  key, anchor;
    reg [LOTS_W-1:0] lots;
    reg [LIVE_W-1:0] live;
    reg              lives;                // live != 0
    reg [WORDS-1:0]  filled;               // words with a bit set; others count as 0
    reg [WORD-1:0]   words [0:WORDS-1];
    reg [LOTS_W-1:0] sums [0:(1<<INDEX_W)-1];
    reg [LOTS_W-1:0] sum, held;            // held: a memory's own output comes late in the clock
    assign best_known = any || !lives;

    function automatic [WORD-1:0] bits_from(input [WORD_W-1:0] at);
        bits_from = {WORD{1'b1}} << at;
    endfunction

    function automatic [WORDS-1:0] words_from(input [WORDS_W-1:0] at);
        words_from = {WORDS{1'b1}} << at;
    endfunction

    function automatic [WORD_W-1:0] highest_bit(input [WORD-1:0] x);
        highest_bit = 0;
        for (int k = 0; k < WORD; k = k + 1) if (x[k]) highest_bit = WORD_W'(k);
    endfunction

    function automatic [WORDS_W-1:0] highest_word(input [WORDS-1:0] x);
        highest_word = 0;
        for (int k = 0; k < WORDS; k = k + 1) if (x[k]) highest_word = WORDS_W'(k);
    endfunction

    // ------------------------------------------------------------------ LOOK: where the key lies
    wire [INDEX_W-1:0] index = key[INDEX_W-1:0];
    wire [WORDS_W-1:0] word_at = index[INDEX_W-1:WORD_W];
    wire [WORD_W-1:0]  bit_at = index[WORD_W-1:0];
    wire [WORDS-1:0]   one_word = {{(WORDS-1){1'b0}}, 1'b1};
    wire [KEY_W-1:0]   up = key - anchor, down = anchor - key;
    reg                above, below, at_best, better, jump;
    reg [INDEX_W-1:0]  first;              // anchor + 1: the first slot to forget when it moves
    wire [WORDS_W-1:0] first_word = first[INDEX_W-1:WORD_W];
    wire [WORD_W-1:0]  first_bit = first[WORD_W-1:0];
    reg                same_word;          // all slots to forget are in the word of the key
    reg [WORDS_W-1:0]  read_word;
    reg [WORD-1:0]     word;
    always @(posedge aclk) begin
        if (state == IDLE) begin
            add <= op_add;
            gone <= op_gone;
            key <= op_key;
            lots <= op_lots;
        end
        if (state == LOOK) begin
            held <= sum;
            above <= key > anchor;
            below <= key <= anchor && down >> INDEX_W != 0;
            jump <= up >> INDEX_W != 0;
            at_best <= key == best_key;
            better <= key > best_key;
            same_word <= first_word == word_at && first_bit <= bit_at;
        end
        if (state == LOOK || state == LEAVE || state == ENTER || state == FETCH)
            word <= filled[read_word] ? words[read_word] : {WORD{1'b0}};
    end

    // ---------------------------------------------------------------- PLAN: what may become of it
    reg [WORD-1:0]     mask, word_less;
    reg [WORDS-1:0]    inner, filled_less;
    reg                set, others, empties, short, wide;
    reg [LOTS_W-1:0]   less, more;
    wire [LOTS_W:0]    both = {1'b0, held} + {1'b0, lots};
    wire [WORDS-1:0]   behind = words_from(first_word) & ~(one_word << first_word);
    always @(posedge aclk) if (state == PLAN) begin
        mask <= {{(WORD-1){1'b0}}, 1'b1} << bit_at;
        set <= word[bit_at];
        word_less <= word & ~bits_from(bit_at);
        filled_less <= filled & ~words_from(word_at);
        others <= (word & ~({{(WORD-1){1'b0}}, 1'b1} << bit_at)) != 0;
        empties <= held == lots;
        short <= held < lots;
        less <= held - lots;
        more <= both[LOTS_W-1:0];
        wide <= both[LOTS_W];
        inner <= same_word ? {WORDS{1'b0}}
            : first_word < word_at ? behind & ~words_from(word_at) : behind | ~words_from(word_at);
    end

    // ------------------------------------------------------------------ CHANGE; the window moves
    wire               fits = !above && !below;
    wire               restart = add && !lives;
    wire               contradicts = add ? fits && !restart && set && wide
                                         : above || !lives || (fits && (!set || short));
    wire [WORD-1:0]    left_word = word & ~bits_from(first_bit);
    wire [WORD-1:0]    kept = word & (bits_from(bit_at)
                                      | (same_word ? ~bits_from(first_bit) : {WORD{1'b0}}));
    wire               change = state == CHANGE && (restart || (fits && !contradicts));
    wire               word_we = change || state == LEFT || state == ENTERED;
    wire [WORDS_W-1:0] word_to = state == LEFT ? first_word : word_at;
    wire [WORD-1:0]    word_data = state == LEFT ? left_word : state == ENTERED ? kept | mask
                                   : restart ? mask : add ? word | mask
                                   : empties ? word & ~mask : word;
    wire               sum_we = change || state == ENTERED;
    wire [LOTS_W-1:0]  sum_data = !add ? less : restart || state == ENTERED || !set ? lots : more;
    reg [INDEX_W-1:0]  found;
    always @(posedge aclk) begin
        if (word_we) words[word_to] <= word_data;
        if (sum_we) sums[index] <= sum_data;
        if (state == IDLE || state == READ)
            sum <= sums[state == IDLE ? op_key[INDEX_W-1:0] : found];
    end

    // ------------------------------------------------------------------ FIND: the next best level
    // lower bits of the word, then lower words, then around the ring from the highest word
    reg                in_same;
    reg [WORDS-1:0]    candidates;
    reg [INDEX_W-1:0]  back;
    always @(posedge aclk) begin
        if (state == IDLE) read_word <= op_key[INDEX_W-1:WORD_W];
        if (state == CHANGE) read_word <= first_word;
        if (state == LEAVE || (state == CHANGE && (jump || same_word))) read_word <= word_at;
        if (state == FIND) begin
            in_same <= word_less != 0;
            candidates <= filled_less != 0 ? filled_less : filled;
        end
        if (state == FIND_WORD) read_word <= in_same ? word_at : highest_word(candidates);
        if (state == FIND_BIT) found <= {read_word, highest_bit(in_same ? word_less : word)};
        back <= index - found;
    end

    always @(posedge aclk) begin
        done <= 1'b0;
        if (!aresetn || init) begin
            state <= IDLE;
            any <= 1'b0;
            live <= 0;
            lives <= 1'b0;
            filled <= 0;
            fault <= 1'b0;
            anchor <= 0;
            first <= 1;
        end else case (state)
            IDLE: if (op_valid) state <= LOOK;
            CHANGE: begin
                state <= IDLE;
                done <= 1'b1;
                if (contradicts) fault <= 1'b1;
                if (add) live <= live + 1'b1;
                else if (gone) live <= live - 1'b1;
                lives <= add || !gone || live != LIVE_W'(1);
                if (restart) begin
                    anchor <= key;
                    first <= index + 1'b1;
                    filled <= one_word << word_at;
                end else if (add && above) begin
                    if (jump) filled <= 0;
                    state <= jump || same_word ? ENTER : LEAVE;
                    done <= 1'b0;
                end else if (fits && !contradicts) begin
                    filled[word_at] <= add || !empties || others;
                    if (!add && empties && at_best) begin
                        state <= FIND;
                        done <= 1'b0;
                    end
                end
                if (restart || (add && fits && (!any || better))) begin
                    any <= 1'b1;
                    best_key <= key;
                    best_lots <= sum_data;
                end else if (fits && at_best) best_lots <= sum_data;
            end
            LEFT: begin
                filled[first_word] <= left_word != 0;
                state <= ENTER;
            end
            ENTERED: begin
                filled <= (filled & ~inner) | (one_word << word_at);
                anchor <= key;
                first <= index + 1'b1;
                any <= 1'b1;
                best_key <= key;
                best_lots <= lots;
                state <= IDLE;
                done <= 1'b1;
            end
            FIND: begin
                any <= filled != 0;
                state <= filled == 0 ? IDLE : FIND_WORD;
                done <= filled == 0;
            end
            BEST: begin
                best_key <= best_key - KEY_W'(back);
                best_lots <= sum;
                state <= IDLE;
                done <= 1'b1;
            end
            default: state <= state + 4'd1;
        endcase
    end

`ifdef FORMAL
    // orders of one lot each, few and narrow keys: the best of the levels is the best of the orders
    reg past = 1'b0;
    localparam integer KEYS = 8;
    reg [KEYS*LOTS_W-1:0] orders;          // lots by key
    reg [2:0]        expected;
    wire [2:0]       place = op_key[2:0];
    reg [LOTS_W-1:0] alive;
    reg              asked = 1'b0;         // a change has no answer yet
    always @* begin
        expected = 0;
        for (int k = 0; k < KEYS; k = k + 1)
            if (orders[LOTS_W*k +: LOTS_W] != 0) expected = 3'(k);
    end
    wire waits = state == LOOK || state == PLAN || state == CHANGE;
    wire [LIVE_W-1:0] pending = !waits ? 0 : add ? 1 : {LIVE_W{1'b1}};
    always @* begin
        assume (aresetn == past);
        assume (op_lots == LOTS_W'(1) && op_gone == !op_add && op_key == KEY_W'(place));
        if (op_valid && !op_add) assume (orders[LOTS_W*place +: LOTS_W] != 0 && alive != 0);
        if (op_valid && op_add) assume (!(&alive));
        if (op_valid) assume (state == IDLE && (best_known || op_add));
    end
    always @(posedge aclk) begin
        past <= 1'b1;
        asked <= aresetn && !init && (op_valid || (asked && !done));
        if (!aresetn || init) begin
            alive <= 0;
            orders <= 0;
        end else if (op_valid) begin
            orders[LOTS_W*place +: LOTS_W] <= orders[LOTS_W*place +: LOTS_W]
                + (op_add ? LOTS_W'(1) : {LOTS_W{1'b1}});
            alive <= op_add ? alive + 1'b1 : alive - 1'b1;
        end
        if (past && aresetn) begin
            a_state: assert (state <= BEST);
            a_done: assert (asked == (state != IDLE || done) && (!done || state == IDLE));
            a_first: assert (first == INDEX_W'(anchor + 1'b1));
            if (state != IDLE) a_gone: assert (gone == !add);
            a_live: assert (LIVE_W'(live + pending) == LIVE_W'(alive));
            if (waits && add) a_counted: assert (alive != 0);
            a_lives: assert (lives == (live != 0));
`ifdef DEEP
            a_fault: assert (!fault);
            if (state == IDLE) begin
                if (any) a_best: assert (best_key == KEY_W'(expected));
                if (any) a_lots: assert (best_lots == orders[LOTS_W*expected +: LOTS_W]);
                if (!any && best_known) a_empty: assert (alive == 0);
                if (any) a_alive: assert (alive != 0);
            end
            if ($past(aresetn) && !$past(init) && $past(state) == IDLE && !$past(op_valid))
                a_stable: assert ($stable(best_key) && $stable(best_lots) && $stable(any));
            c_next: cover (state == BEST && in_same == 0);
            c_unknown: cover (done && !best_known);
            c_moved: cover (state == ENTERED && filled != 0);
`endif
        end
    end
`endif
endmodule
`default_nettype wire
