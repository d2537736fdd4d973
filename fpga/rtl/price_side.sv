// tp_price_side: the price levels of one side of a book inside a window, and the best of them.
//
// A key is better the higher it is: ticks of a bid, their complement for an ask. The window is the
// 2^(WORD_W + WORDS_W) keys up to the highest one seen (`anchor`), in a ring: a bit says whether a
// level has lots, a memory how many. A better key moves the window up and forgets what falls out;
// orders below the window are only counted (`live` minus what is inside). With no order left the next
// one starts the window anew. So an order is inside exactly while its key is in the window.
// `best_known` is 0 when levels are left but none inside: the best is then unknown.
//
// One change at a time: `done` says that the answers hold. Latency from op to done: 2 clocks, 3 when
// the window moves, 6 when the best level empties. `fault`: more lots than 24 bits, or a change that
// contradicts the levels; then the answers are void until `init`. Reset: none, `init` first.
`default_nettype none
module tp_price_side #(
    parameter integer WORD_W = 5,          // log2 of the levels in a word of the bitmap
    parameter integer WORDS_W = 5,         // log2 of its words
    parameter integer LIVE_W = 16
) (
    input  wire        aclk,
    input  wire        aresetn,
    input  wire        init,
    input  wire        op_valid,           // only while op_ready
    output wire        op_ready,
    input  wire        op_add,
    input  wire        op_gone,
    input  wire [23:0] op_key,
    input  wire [23:0] op_lots,
    output reg         done,
    output reg         fault,
    output wire        best_known,
    output reg         any,
    output reg  [23:0] best_key,
    output reg  [23:0] best_lots
);
    localparam integer INDEX_W = WORD_W + WORDS_W;
    localparam integer WORD = 1 << WORD_W;
    localparam integer WORDS = 1 << WORDS_W;
    localparam [2:0] IDLE = 0, CHANGE = 1, LEAVE = 2, ENTER = 3, FIND = 4, FOUND = 5, READ = 6,
                     BEST = 7;

    reg [2:0]        state;
    reg              add, gone, above, below, at_best, jump;
    reg [23:0]       key, lots, anchor;
    reg [LIVE_W-1:0] live;
    reg [WORDS-1:0]  filled;               // words with a bit set; others count as 0
    reg [WORD-1:0]   words [0:WORDS-1];
    reg [23:0]       sums [0:(1<<INDEX_W)-1];
    reg [23:0]       sum;
    assign op_ready = state == IDLE;
    assign best_known = any || live == 0;

    // ------------------------------------------------------------------ masks and searches
    function automatic [WORD-1:0] bits_below(input [WORD_W-1:0] at);
        bits_below = ~({WORD{1'b1}} << at);
    endfunction

    function automatic [WORDS-1:0] words_below(input [WORDS_W-1:0] at);
        words_below = ~({WORDS{1'b1}} << at);
    endfunction

    function automatic [WORD_W-1:0] highest_bit(input [WORD-1:0] x);
        highest_bit = 0;
        for (int k = 0; k < WORD; k = k + 1) if (x[k]) highest_bit = WORD_W'(k);
    endfunction

    function automatic [WORDS_W-1:0] highest_word(input [WORDS-1:0] x);
        highest_word = 0;
        for (int k = 0; k < WORDS; k = k + 1) if (x[k]) highest_word = WORDS_W'(k);
    endfunction

    wire [INDEX_W-1:0] index = key[INDEX_W-1:0];
    wire [WORDS_W-1:0] word_at = index[INDEX_W-1:WORD_W];
    wire [WORD_W-1:0]  bit_at = index[WORD_W-1:0];
    wire [WORD-1:0]    bit_mask = {{(WORD-1){1'b0}}, 1'b1} << bit_at;

    // the window moves from `first` to `index`, both included: these slots are forgotten
    wire [INDEX_W-1:0] first = anchor[INDEX_W-1:0] + 1'b1;
    wire [WORDS_W-1:0] first_word = first[INDEX_W-1:WORD_W];
    wire               same_word = first_word == word_at && first[WORD_W-1:0] <= bit_at;
    wire [WORD-1:0]    first_kept = bits_below(first[WORD_W-1:0]);
    wire [WORDS-1:0]   one_word = {{(WORDS-1){1'b0}}, 1'b1};
    wire [WORDS-1:0]   behind = ~words_below(first_word) & ~(one_word << first_word);
    wire [WORDS-1:0]   inner = same_word ? {WORDS{1'b0}}
        : first_word < word_at ? behind & words_below(word_at) : behind | words_below(word_at);

    reg  [WORDS_W-1:0] seen_word;          // where the search looks
    reg                in_same;
    reg  [WORD-1:0]    hits;
    wire [WORDS_W-1:0] read_word = state == LEAVE ? first_word
                                   : state == FOUND ? seen_word : word_at;
    wire [WORD-1:0]    word = filled[read_word] ? words[read_word] : {WORD{1'b0}};
    wire               set = word[bit_at];
    wire [WORD-1:0]    word_less = word & bits_below(bit_at);
    wire [WORDS-1:0]   filled_less = filled & words_below(word_at);

    // ------------------------------------------------------------------ a change of a level
    wire               fits = !above && !below;
    wire [24:0]        more = {1'b0, set ? sum : 24'd0} + {1'b0, lots};
    wire [23:0]        less = sum - lots;
    wire               empties = less == 24'd0;
    wire               restart = add && !any && live == 0;
    wire               contradicts = add ? (fits && !restart && more[24])
                                     : above || live == 0 || (fits && (!set || sum < lots));
    reg                word_we, sum_we;
    reg [WORD-1:0]     word_data;
    reg [23:0]         sum_data;
    always @* begin
        word_we = 1'b0;
        word_data = word | bit_mask;
        sum_we = 1'b0;
        sum_data = lots;
        if (state == CHANGE && restart) begin
            word_we = 1'b1;
            word_data = bit_mask;
            sum_we = 1'b1;
        end else if (state == CHANGE && fits && !contradicts) begin
            word_we = 1'b1;
            sum_we = 1'b1;
            sum_data = add ? more[23:0] : less;
            if (!add && empties) word_data = word & ~bit_mask;
        end else if (state == LEAVE) begin
            word_we = 1'b1;
            word_data = word & first_kept;
        end else if (state == ENTER) begin
            word_we = 1'b1;
            word_data = (word & (~bits_below(bit_at) | (same_word ? first_kept : {WORD{1'b0}})))
                        | bit_mask;
            sum_we = 1'b1;
        end
    end

    wire [INDEX_W-1:0] found = {seen_word, highest_bit(hits)};
    wire [INDEX_W-1:0] back = index - found;
    wire [INDEX_W-1:0] sum_at = state == IDLE ? op_key[INDEX_W-1:0] : found;
    always @(posedge aclk) begin
        if (word_we) words[read_word] <= word_data;
        if (sum_we) sums[index] <= sum_data;
        if (state == IDLE || state == READ) sum <= sums[sum_at];
    end

    always @(posedge aclk) begin
        if (state == IDLE) begin
            add <= op_add;
            gone <= op_gone;
            key <= op_key;
            lots <= op_lots;
            above <= op_key > anchor;
            below <= op_key <= anchor && (anchor - op_key) >> INDEX_W != 24'd0;
            jump <= (op_key - anchor) >> INDEX_W != 24'd0;
            at_best <= op_key == best_key;
        end
        if (state == FIND) begin
            in_same <= word_less != 0;
            hits <= word_less;
            seen_word <= word_less != 0 ? word_at
                : filled_less != 0 ? highest_word(filled_less) : highest_word(filled);
        end
        if (state == FOUND && !in_same) hits <= word;
    end

    always @(posedge aclk) begin
        done <= 1'b0;
        if (!aresetn || init) begin
            state <= IDLE;
            any <= 1'b0;
            live <= 0;
            filled <= 0;
            fault <= 1'b0;
            anchor <= 24'd0;
        end else case (state)
            IDLE: if (op_valid) state <= CHANGE;
            CHANGE: begin
                state <= IDLE;
                done <= 1'b1;
                if (contradicts) fault <= 1'b1;
                if (add) live <= live + 1'b1;
                else if (gone) live <= live - 1'b1;
                if (restart) begin
                    anchor <= key;
                    filled <= one_word << word_at;
                end else if (add && above) begin
                    if (jump) filled <= 0;
                    state <= jump || same_word ? ENTER : LEAVE;
                    done <= 1'b0;
                end else if (fits && !contradicts) begin
                    filled[word_at] <= word_data != 0;
                    if (!add && empties && at_best) begin
                        state <= FIND;
                        done <= 1'b0;
                    end
                end
                if (restart || (add && fits && (!any || key > best_key))) begin
                    any <= 1'b1;
                    best_key <= key;
                    best_lots <= sum_data;
                end else if (fits && at_best) best_lots <= sum_data;
            end
            LEAVE: begin
                filled[first_word] <= word_data != 0;
                state <= ENTER;
            end
            ENTER: begin
                filled <= (filled & ~inner) | (one_word << word_at);
                anchor <= key;
                any <= 1'b1;
                best_key <= key;
                best_lots <= lots;
                state <= IDLE;
                done <= 1'b1;
            end
            FIND: begin
                if (filled == 0) any <= 1'b0;
                state <= filled == 0 ? IDLE : FOUND;
                done <= filled == 0;
            end
            FOUND: state <= READ;
            READ: begin
                best_key <= best_key - 24'(back);
                state <= BEST;
            end
            default: begin
                best_lots <= sum;
                state <= IDLE;
                done <= 1'b1;
            end
        endcase
    end
endmodule
`default_nettype wire
