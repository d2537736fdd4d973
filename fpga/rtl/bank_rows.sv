// tp_bank_rows: takes rows, fits them to FW bits, keeps two, and issues one chunk of one unit a
// clock: units of the hidden layer first where there is one, then the strategies.
//
// The first pass over a row runs while its beats arrive (bypass), so an empty bank adds no wait.
// Latency: 1 clock from a beat to `op_*` and `f` in the SMALL build (one strategy, one chunk), 2
// in the others, whose weights come out of block memory. Results are reserved before they are
// issued (`may`, `reserve`), so nothing behind this module ever stalls.
// Reset: no rows, no ready. An input past FW bits counts as 0 and is marked in `op_clip`.
`default_nettype none
// not every build of the parameters uses every signal
/* verilator lint_off UNUSEDSIGNAL */
module tp_bank_rows #(
    parameter integer NF = 8,
    parameter integer FW = 25,
    parameter integer STRATEGIES = 64,
    parameter integer CHUNKS = 4,
    parameter integer HIDDEN = 1,
    parameter integer OW = FW - 1              // bits of an answer of the hidden layer
) (
    input  wire             aclk,
    input  wire             aresetn,
    input  wire [NF*32-1:0] s_row_tdata,
    input  wire             s_row_tvalid,
    output reg              s_row_tready,
    // active settings, stable while a row is inside
    input  wire             cfg_drop,          // 0 strategies: take rows and forget them
    input  wire [5:0]       cfg_unit_last,     // strategies - 1
    input  wire [1:0]       cfg_chunk_last,    // chunks of a row - 1
    input  wire             cfg_has_hidden,
    input  wire [4:0]       cfg_hidden_last,   // hidden units - 1
    input  wire [1:0]       cfg_hidden_chunk_last,
    input  wire             hold_next,         // no new row may start from the next clock on
    output wire             idle,              // not ready, no row and no part of one
    input  wire             may,               // a result may be reserved
    output wire             reserve,           // and is, in this clock
    output wire             row_taken,         // the last beat of a row that will be answered
    output wire             row_dropped,
    // read addresses of the parameters: the unit that is issued next
    output wire             read_hidden,
    output wire [5:0]       read_unit,
    output wire [1:0]       read_chunk,
    // the hidden layer's answers
    input  wire             answer_valid,
    input  wire [4:0]       answer_unit,
    input  wire [OW-1:0]    answer,
    input  wire             hidden_written,    // the last unit is in
    // issued
    output reg              op_valid,
    output reg              op_hidden,
    output reg  [5:0]       op_unit,
    output reg              op_first,          // first chunk
    output reg              op_last,           // last chunk
    output reg              op_end,            // last strategy of the row
    output wire [NF-1:0]    op_clip,           // inputs that did not fit
    output wire [NF*FW-1:0] f
`ifdef FORMAL
    ,
    output wire             f_open,            // a strategy is begun and not issued to its end
    output wire             f_waiting,         // one ends in the issue register
    output wire [1:0]       f_rows
`endif
);
    localparam integer SMALL = (STRATEGIES == 1 && CHUNKS == 1 && HIDDEN == 0) ? 1 : 0;

    wire accept = s_row_tvalid && s_row_tready;
    wire keep = accept && !cfg_drop;

    // int32 to FW bits: what does not fit counts as 0, by the reset of its register
    wire [NF-1:0] clip;
    genvar g;
    generate for (g = 0; g < NF; g = g + 1) begin : lane
        wire [31:0] x = s_row_tdata[g*32 +: 32];
        if (FW >= 32) begin : whole
            assign clip[g] = 1'b0;
        end else begin : part
            assign clip[g] = |(x[30:FW-1] ^ {(32-FW){x[31]}});
        end
    end endgenerate

    generate if (SMALL != 0) begin : direct
        reg ready_next;
        always @* ready_next = !hold_next && (cfg_drop || may);
        reg [NF*FW-1:0] x;
        reg [NF-1:0]    clipped;
        assign f = x;
        assign op_clip = clipped;
        always @(posedge aclk) begin
            for (int i = 0; i < NF; i = i + 1)
                if (clip[i]) x[i*FW +: FW] <= {FW{1'b0}};
                else x[i*FW +: FW] <= s_row_tdata[i*32 +: FW];
            clipped <= clip;
        end
        always @(posedge aclk) begin
            op_hidden <= 1'b0;
            op_unit <= 6'd0;
            op_first <= 1'b1;
            op_last <= 1'b1;
            op_end <= 1'b1;
            if (!aresetn) begin
                op_valid <= 1'b0;
                s_row_tready <= 1'b0;
            end else begin
                op_valid <= keep;
                s_row_tready <= ready_next;
            end
        end
        assign idle = !s_row_tready;
        assign reserve = keep;
        assign row_taken = keep;
        assign row_dropped = accept && cfg_drop;
        assign read_hidden = 1'b0;
        assign read_unit = 6'd0;
        assign read_chunk = 2'd0;
`ifdef FORMAL
        assign f_open = 1'b0;
        assign f_waiting = 1'b0;
        assign f_rows = 2'd0;
`endif
    end else begin : queued
        localparam integer CB = $clog2(CHUNKS);
        localparam integer LB = $clog2(NF);
        localparam integer RB = CB + 1;                // address of the ring: slot, chunk

        reg       write_slot, read_slot, phase, ready, hidden_ready;
        reg [1:0] beat, chunk, rows;                   // rows: begun and not issued to their end
        reg [5:0] unit;
        reg [3:0] kept;                                // chunks in the ring not yet issued once

        wire scoring = phase || !cfg_has_hidden;
        wire from_hidden = scoring && cfg_has_hidden;
        wire last_beat = beat == cfg_chunk_last;
        wire last_chunk = chunk == (from_hidden ? cfg_hidden_chunk_last : cfg_chunk_last);
        wire last_unit = unit == (scoring ? cfg_unit_last : {1'b0, cfg_hidden_last});
        wire needs_place = scoring && chunk == 2'd0;
        wire bypass = !ready && !from_hidden;
        wire issue = (ready || (bypass && keep)) && (may || !needs_place);
        wire phase_done = issue && last_chunk && last_unit;
        wire row_done = phase_done && scoring;
        wire consume = issue && unit == 6'd0 && !from_hidden;
        // a chunk that is issued as it comes, to the only unit, is not asked for again
        wire write = keep && !(issue && !ready && cfg_unit_last == 6'd0 && !cfg_has_hidden);

        wire [1:0] beat_next = !accept ? beat : last_beat ? 2'd0 : beat + 2'd1;
        wire [1:0] chunk_next = !issue ? chunk : last_chunk ? 2'd0 : chunk + 2'd1;
        wire [5:0] unit_next = !(issue && last_chunk) ? unit : last_unit ? 6'd0 : unit + 6'd1;
        wire       phase_next = phase_done ? cfg_has_hidden && !phase : phase;
        wire [3:0] kept_next = kept + {3'b0, keep} - {3'b0, consume};
        wire [1:0] rows_next = rows + {1'b0, keep && beat == 2'd0} - {1'b0, row_done};
        wire       hidden_next = (hidden_ready || hidden_written) && !row_done;
        wire       ready_next = (phase_next && cfg_has_hidden)
                              ? hidden_next : unit_next != 6'd0 || kept_next != 4'd0;
        wire [RB-1:0] write_at = RB'(({31'b0, write_slot} << CB) | {30'b0, beat});
        wire [RB-1:0] read_at = RB'(({31'b0, read_slot} << CB) | {30'b0, chunk});

        // answers of the hidden layer, one written a clock and a chunk of them read;
        // lanes beyond the last unit meet weights of 0, but must be numbers
        localparam integer HB = $clog2(NF * CHUNKS);
        (* ram_style = "distributed" *) reg [OW-1:0] answers [0:NF*CHUNKS-1];
        initial for (int i = 0; i < NF * CHUNKS; i = i + 1) answers[i] = {OW{1'b0}};
        always @(posedge aclk) if (answer_valid) answers[answer_unit[HB-1:0]] <= answer;

        // beats of two rows, the issue register, then the one that waits for the weights' register
        (* ram_style = "distributed" *) reg [NF-1:0] clips [0:2*CHUNKS-1];
        reg [NF-1:0]  q_clip, clipped;
        wire [NF-1:0] chosen_clip = ready ? clips[read_at] : clip;
        always @(posedge aclk) begin
            if (write) clips[write_at] <= clip;
            q_clip <= from_hidden ? {NF{1'b0}} : chosen_clip;
            clipped <= q_clip;
        end
        assign op_clip = clipped;
        for (g = 0; g < NF; g = g + 1) begin : beats
            (* ram_style = "distributed" *) reg [FW-1:0] ring [0:2*CHUNKS-1];
            reg [FW-1:0] q_x, x;
            always @(posedge aclk) begin
                if (write) ring[write_at] <= s_row_tdata[g*32 +: FW];
                if (from_hidden) q_x <= FW'({1'b0, answers[HB'({30'b0, chunk} << LB) + HB'(g)]});
                else if (chosen_clip[g]) q_x <= {FW{1'b0}};
                else q_x <= ready ? ring[read_at] : s_row_tdata[g*32 +: FW];
                x <= q_x;
            end
            assign f[g*FW +: FW] = x;
        end

        always @(posedge aclk)
            if (!aresetn) begin
                {write_slot, read_slot, phase, ready, hidden_ready} <= 5'b0;
                {beat, chunk, rows} <= 6'b0;
                unit <= 6'd0;
                kept <= 4'd0;
                s_row_tready <= 1'b0;
            end else begin
                write_slot <= write_slot ^ (keep && last_beat);
                read_slot <= read_slot ^ row_done;
                phase <= phase_next;
                ready <= ready_next;
                hidden_ready <= hidden_next;
                beat <= beat_next;
                chunk <= chunk_next;
                rows <= rows_next;
                unit <= unit_next;
                kept <= kept_next;
                s_row_tready <= beat_next != 2'd0
                                || (!hold_next && (cfg_drop || !rows_next[1]));
            end

        // the same two steps of what goes with the lanes
        reg       q_valid, q_hidden, q_first, q_last, q_end;
        reg [5:0] q_unit;
        always @(posedge aclk) begin
            q_hidden <= !scoring;
            q_unit <= unit;
            q_first <= chunk == 2'd0;
            q_last <= last_chunk;
            q_end <= scoring && last_unit;
            {op_hidden, op_unit} <= {q_hidden, q_unit};
            {op_first, op_last, op_end} <= {q_first, q_last, q_end};
            q_valid <= issue && aresetn;
            op_valid <= q_valid && aresetn;
        end

        assign idle = !s_row_tready && rows == 2'd0 && beat == 2'd0 && !q_valid;
        assign reserve = issue && needs_place;
        assign row_taken = keep && last_beat;
        assign row_dropped = accept && cfg_drop && last_beat;
        assign read_hidden = !scoring;
        assign read_unit = unit;
        assign read_chunk = chunk;

`ifdef FORMAL
        assign f_open = scoring && chunk != 2'd0;
        assign f_waiting = q_valid && q_last && !q_hidden;
        assign f_rows = rows;
        reg past = 1'b0;
        always @(posedge aclk) past <= 1'b1;
        // rows begun are rows in the ring: no beat is overwritten before its last use
        wire [1:0] apart = {1'b0, write_slot ^ read_slot};
        wire [5:0] chunks = {4'd0, cfg_chunk_last} + 6'd1;
        wire [1:0] whole = rows - {1'b0, beat != 2'd0 && !cfg_drop};
        always @(posedge aclk) if (past && aresetn) begin
            a_rows: assert (rows <= 2'd2);
            a_slots: assert (whole[0] == apart[0]);
            a_beat: assert (beat <= cfg_chunk_last);
            a_chunk: assert (chunk <= (from_hidden ? cfg_hidden_chunk_last : cfg_chunk_last));
            a_none: assert (rows != 2'd0 || (kept == 4'd0 && chunk == 2'd0 && unit == 6'd0
                                             && !phase && (beat == 2'd0 || cfg_drop)));
            a_unissued: assert (kept <= 2 * CHUNKS);
            a_ready: assert (!ready || rows != 2'd0);
            if (keep && beat == 2'd0) a_free: assert (rows < 2'd2);
            // chunks that came less those issued once; what may be issued next
            if (!cfg_drop) a_kept: assert ({2'd0, kept} == {4'd0, whole} * chunks + {4'd0, beat}
                - (unit == 6'd0 && !from_hidden ? {4'd0, chunk} : chunks));
            else a_dropped: assert (rows == 2'd0 && !op_valid && !q_valid);
            a_begins: assert (ready == ((phase && cfg_has_hidden) ? hidden_ready
                                                                  : unit != 6'd0 || kept != 4'd0));
            a_unit: assert (cfg_drop
                            || unit <= (scoring ? cfg_unit_last : {1'b0, cfg_hidden_last}));
            a_phase: assert (cfg_has_hidden || !phase);
        end
`endif
    end endgenerate

`ifdef FORMAL_ALONE
`include "bank_rows_proof.svh"
`endif
endmodule
/* verilator lint_on UNUSEDSIGNAL */
`default_nettype wire
