// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * The printk ring buffer: descriptors, what is known of each record, and text, three arrays.
 * Linux kernel kernel/printk/printk_ringbuffer.c.
 */
#include <stdlib.h>

#include "analyzer/log/kernel_array.h"
#include "analyzer/log/kernel_log.h"
#include "analyzer/paging/kmem.h"
#include "analyzer/vmcoreinfo/facts.h"
#include "include/bytes.h"
#include "include/vector.h"

enum {
	WORD = 8, /* an unsigned long of a 64-bit kernel */
	LAYOUT_MAX = 4096,
	/* 2^31 bytes and 2^26 descriptors is what the kernel allows, and nobody has. */
	SIZE_BITS_MIN = 6,
	SIZE_BITS_MAX = 28,
	COUNT_BITS_MIN = 1,
	COUNT_BITS_MAX = 23,
	STATE_SHIFT = 62,
	DATALESS = 1,	 /* the bit of a position that is none */
	NO_TEXT = 3,	 /* such a position: an empty line */
	LEVEL_SHIFT = 5, /* printk_info: flags:5, level:3, in the byte behind the facility */
	LEVEL_MASK = 7,
	FACILITY_AT = 2, /* from text_len on */
	LEVEL_AT = 3,	 /* from text_len on */
};

static const uint64_t ID_MASK = (UINT64_C(1) << STATE_SHIFT) - 1;

enum record_state { STATE_RESERVED, STATE_COMMITTED, STATE_FINALIZED, STATE_REUSABLE };

enum field {
	RING_DESCS,
	RING_TEXT,
	DESCS_COUNT_BITS,
	DESCS_DESCS,
	DESCS_INFOS,
	DESCS_HEAD,
	DESCS_TAIL,
	TEXT_SIZE_BITS,
	TEXT_DATA,
	BLOCK_BEGIN,
	BLOCK_NEXT,
	DESC_SIZE,
	DESC_STATE,
	DESC_BLOCK,
	INFO_SIZE,
	INFO_SEQUENCE,
	INFO_TIME,
	INFO_TEXT_LEN,
	INFO_CALLER,
	FIELDS,
	NO_FIELD = FIELDS,
};

/* As VMCOREINFO says it; @inside: the size that @bytes of it have to lie in. */
static const struct field_name {
	const char *kind, *name;
	enum field inside;
	unsigned bytes;
} field_names[FIELDS] = {
	[RING_DESCS] = { "OFFSET", "printk_ringbuffer.desc_ring", NO_FIELD, 0 },
	[RING_TEXT] = { "OFFSET", "printk_ringbuffer.text_data_ring", NO_FIELD, 0 },
	[DESCS_COUNT_BITS] = { "OFFSET", "prb_desc_ring.count_bits", NO_FIELD, 0 },
	[DESCS_DESCS] = { "OFFSET", "prb_desc_ring.descs", NO_FIELD, 0 },
	[DESCS_INFOS] = { "OFFSET", "prb_desc_ring.infos", NO_FIELD, 0 },
	[DESCS_HEAD] = { "OFFSET", "prb_desc_ring.head_id", NO_FIELD, 0 },
	[DESCS_TAIL] = { "OFFSET", "prb_desc_ring.tail_id", NO_FIELD, 0 },
	[TEXT_SIZE_BITS] = { "OFFSET", "prb_data_ring.size_bits", NO_FIELD, 0 },
	[TEXT_DATA] = { "OFFSET", "prb_data_ring.data", NO_FIELD, 0 },
	[BLOCK_BEGIN] = { "OFFSET", "prb_data_blk_lpos.begin", NO_FIELD, 0 },
	[BLOCK_NEXT] = { "OFFSET", "prb_data_blk_lpos.next", NO_FIELD, 0 },
	[DESC_SIZE] = { "SIZE", "prb_desc", NO_FIELD, 0 },
	[DESC_STATE] = { "OFFSET", "prb_desc.state_var", DESC_SIZE, WORD },
	[DESC_BLOCK] = { "OFFSET", "prb_desc.text_blk_lpos", DESC_SIZE, WORD },
	[INFO_SIZE] = { "SIZE", "printk_info", NO_FIELD, 0 },
	[INFO_SEQUENCE] = { "OFFSET", "printk_info.seq", INFO_SIZE, WORD },
	[INFO_TIME] = { "OFFSET", "printk_info.ts_nsec", INFO_SIZE, WORD },
	[INFO_TEXT_LEN] = { "OFFSET", "printk_info.text_len", INFO_SIZE, LEVEL_AT + 1 },
	[INFO_CALLER] = { "OFFSET", "printk_info.caller_id", INFO_SIZE, 4 },
};

struct ring {
	struct kmem *kmem;
	uint64_t field[FIELDS];
	uint64_t count_bits, size_bits;
	uint64_t head, tail; /* ids: of the newest and of the oldest record */
	struct kernel_array descs, infos, text;
	uint64_t text_left; /* bytes that records may still have: blocks do not overlap */
};

/* A record of the ring on its way to the log. */
struct found {
	uint64_t id;
	enum record_state state;
	uint64_t begin, next; /* of its block of text */
	const unsigned char *info;
};

/* --- where everything is ------------------------------------------------------ */

static bool fields_fit(const uint64_t *field)
{
	for (unsigned i = 0; i < FIELDS; i++) {
		enum field inside = field_names[i].inside;

		if (field[i] > LAYOUT_MAX)
			return false;
		if (inside != NO_FIELD && field[i] + field_names[i].bytes > field[inside])
			return false;
	}
	return field[DESC_BLOCK] + field[BLOCK_BEGIN] + WORD <= field[DESC_SIZE] &&
	       field[DESC_BLOCK] + field[BLOCK_NEXT] + WORD <= field[DESC_SIZE];
}

/* NULL, or what is wrong. */
static const char *fields_find(const struct facts *facts, uint64_t *field)
{
	uint64_t ignored;

	if (!facts_value(facts, "SYMBOL", "prb", &ignored))
		return facts_value(facts, "SYMBOL", "log_first_idx", &ignored)
			       ? "the kernel is older than 5.10 and keeps its log in another way"
			       : "VMCOREINFO does not say where the log is (no symbol prb)";
	for (unsigned i = 0; i < FIELDS; i++)
		if (!facts_value(facts, field_names[i].kind, field_names[i].name, &field[i]))
			return "VMCOREINFO does not describe the log's ring buffer";
	return fields_fit(field) ? NULL : "VMCOREINFO describes no ring buffer that can be";
}

/* A number of the ring at @addr. *ret is not written where it is not in the dump. */
struct wanted {
	vaddr_t addr;
	size_t size;
	uint64_t *ret;
};

static struct error *numbers_read(struct kmem *kmem, const struct wanted *wanted, size_t count,
				  bool *all_ret)
{
	*all_ret = true;
	for (size_t i = 0; i < count && *all_ret; i++) {
		enum memory_state state;
		struct error *err =
			kmem_read_uint(kmem, wanted[i].addr, wanted[i].size, wanted[i].ret, &state);

		if (err)
			return err;
		*all_ret = state == MEMORY_PRESENT;
	}
	return NULL;
}

struct ring_places {
	uint64_t descs, infos, text;
};

static struct error *ring_numbers(struct ring *ring, const struct facts *facts,
				  struct ring_places *places, bool *all_ret)
{
	const uint64_t *field = ring->field;
	uint64_t prb = 0, symbol = 0;
	struct error *err;

	facts_value(facts, "SYMBOL", "prb", &symbol);
	err = numbers_read(ring->kmem, &(struct wanted){ symbol, WORD, &prb }, 1, all_ret);
	if (err || !*all_ret)
		return err;

	vaddr_t descs = prb + field[RING_DESCS], text = prb + field[RING_TEXT];
	const struct wanted wanted[] = {
		{ descs + field[DESCS_COUNT_BITS], 4, &ring->count_bits },
		{ descs + field[DESCS_DESCS], WORD, &places->descs },
		{ descs + field[DESCS_INFOS], WORD, &places->infos },
		{ descs + field[DESCS_HEAD], WORD, &ring->head },
		{ descs + field[DESCS_TAIL], WORD, &ring->tail },
		{ text + field[TEXT_SIZE_BITS], 4, &ring->size_bits },
		{ text + field[TEXT_DATA], WORD, &places->text },
	};
	return numbers_read(ring->kmem, wanted, sizeof(wanted) / sizeof(wanted[0]), all_ret);
}

static bool bits_fit(const struct ring *ring)
{
	return ring->count_bits >= COUNT_BITS_MIN && ring->count_bits <= COUNT_BITS_MAX &&
	       ring->size_bits >= SIZE_BITS_MIN && ring->size_bits <= SIZE_BITS_MAX;
}

/* Does not return more bytes than fields_fit() and bits_fit() let be. */
static struct error *ring_arrays(struct ring *ring, const struct ring_places *places)
{
	size_t count = (size_t)1 << ring->count_bits;
	struct error *err = kernel_array_open(ring->kmem, places->descs,
					      count * ring->field[DESC_SIZE], &ring->descs);

	if (!err)
		err = kernel_array_open(ring->kmem, places->infos, count * ring->field[INFO_SIZE],
					&ring->infos);
	if (!err)
		err = kernel_array_open(ring->kmem, places->text, (size_t)1 << ring->size_bits,
					&ring->text);
	ring->text_left = UINT64_C(1) << ring->size_bits;
	return err;
}

/* ring_close() in any case. */
static struct error *ring_open(struct ring *ring, const struct facts *facts,
			       const char **missing_ret)
{
	struct ring_places places = { 0 };
	bool all;
	struct error *err = ring_numbers(ring, facts, &places, &all);

	if (err)
		return err;
	if (!all)
		*missing_ret = "its ring buffer (prb) is not in the dump";
	else if (!bits_fit(ring))
		*missing_ret = "its ring buffer has a size that cannot be";
	return *missing_ret ? NULL : ring_arrays(ring, &places);
}

static void ring_close(struct ring *ring)
{
	kernel_array_close(&ring->descs);
	kernel_array_close(&ring->infos);
	kernel_array_close(&ring->text);
}

/* --- one record --------------------------------------------------------------- */

static uint64_t word_at(const struct ring *ring, const unsigned char *bytes, uint64_t at)
{
	return load_u64(bytes + at, ring->kmem->big_endian);
}

/*
 * A slot between tail and head that has another id: its next owner has taken the id and not
 * yet written it. What is there is still of the round before, or nothing at all.
 */
static bool slot_is_being_taken(const struct ring *ring, uint64_t state_var, uint64_t id)
{
	return state_var == 0 ||
	       (state_var & ID_MASK) == ((id - (UINT64_C(1) << ring->count_bits)) & ID_MASK);
}

/* *ret: there is a record, or one being written, and @found tells of it. */
static struct error *record_find(struct ring *ring, uint64_t id, struct kernel_log *log,
				 struct found *found, bool *ret)
{
	const uint64_t *field = ring->field;
	size_t index = id & ((UINT64_C(1) << ring->count_bits) - 1);
	const unsigned char *desc;
	struct error *err =
		kernel_array_look(&ring->descs, index * field[DESC_SIZE], field[DESC_SIZE], &desc);

	*ret = false;
	log->unreadable += !err && !desc;
	if (err || !desc)
		return err;
	uint64_t state_var = word_at(ring, desc, field[DESC_STATE]);
	if ((state_var & ID_MASK) != id) {
		log->damaged += !slot_is_being_taken(ring, state_var, id);
		return NULL;
	}
	found->id = id;
	found->state = (enum record_state)(state_var >> STATE_SHIFT);
	found->begin = word_at(ring, desc, field[DESC_BLOCK] + field[BLOCK_BEGIN]);
	found->next = word_at(ring, desc, field[DESC_BLOCK] + field[BLOCK_NEXT]);
	if (found->state == STATE_REUSABLE)
		return NULL;
	err = kernel_array_look(&ring->infos, index * field[INFO_SIZE], field[INFO_SIZE],
				&found->info);
	log->unreadable += !err && !found->info;
	*ret = !err && found->info;
	return err;
}

/* Where a block of text lies in its array, its id in front; false if it cannot. */
static bool block_place(const struct ring *ring, const struct found *found, size_t *at_ret,
			size_t *bytes_ret)
{
	uint64_t size = UINT64_C(1) << ring->size_bits;
	uint64_t last = found->next - 1;

	if ((found->begin | found->next) % WORD || last - found->begin >= size)
		return false;
	/* A block that would cross the end is at the start, and only its id at the end. */
	bool wrapped = found->begin >> ring->size_bits != last >> ring->size_bits;
	size_t at = wrapped ? 0 : found->begin & (size - 1);
	*at_ret = at;
	*bytes_ret = (last & (size - 1)) + 1 - at;
	return *bytes_ret >= WORD;
}

enum text_state { TEXT_FOUND, TEXT_LOST, TEXT_DAMAGED, TEXT_UNREADABLE };

struct text {
	const unsigned char *bytes;
	size_t len;
};

/* @ret has the length that the record's info says. */
static struct error *block_text(struct ring *ring, const struct found *found, struct text *ret,
				enum text_state *state_ret)
{
	const unsigned char *block;
	size_t at, bytes;

	*state_ret = TEXT_DAMAGED;
	if (!block_place(ring, found, &at, &bytes))
		return NULL;
	if (ret->len > bytes - WORD)
		ret->len = bytes - WORD;
	struct error *err = kernel_array_look(&ring->text, at, WORD + ret->len, &block);
	if (err)
		return err;
	if (!block) {
		*state_ret = TEXT_UNREADABLE;
		return NULL;
	}
	ret->bytes = block + WORD;
	if (word_at(ring, block, 0) == found->id && ret->len <= ring->text_left)
		*state_ret = TEXT_FOUND;
	return NULL;
}

static struct error *record_text(struct ring *ring, const struct found *found, struct text *ret,
				 enum text_state *state_ret)
{
	*ret = (struct text){ .len = load_uint(found->info + ring->field[INFO_TEXT_LEN], 2,
					       ring->kmem->big_endian) };
	if (!(found->begin & found->next & DATALESS))
		return block_text(ring, found, ret, state_ret);
	ret->len = 0;
	*state_ret = found->begin == NO_TEXT && found->next == NO_TEXT ? TEXT_FOUND : TEXT_LOST;
	return NULL;
}

static uint8_t level_of(const struct ring *ring, const unsigned char *info)
{
	unsigned char byte = info[ring->field[INFO_TEXT_LEN] + LEVEL_AT];

	return (ring->kmem->big_endian ? byte : byte >> LEVEL_SHIFT) & LEVEL_MASK;
}

static struct error *record_add(struct ring *ring, const struct found *found,
				const struct text *text, struct kernel_log *log)
{
	const uint64_t *field = ring->field;
	struct error *err =
		vector_reserve(log->text, log->text_room, log->text_bytes + text->len + 1);

	if (err)
		return err;
	err = vector_push(log->records, log->count, log->room,
			  (struct log_record){
				  .id = found->id,
				  .sequence = word_at(ring, found->info, field[INFO_SEQUENCE]),
				  .time_ns = word_at(ring, found->info, field[INFO_TIME]),
				  .caller = load_u32(found->info + field[INFO_CALLER],
						     ring->kmem->big_endian),
				  .level = level_of(ring, found->info),
				  .facility = found->info[field[INFO_TEXT_LEN] + FACILITY_AT],
				  .is_torn = found->state == STATE_RESERVED,
				  .text_at = log->text_bytes,
				  .text_len = text->len,
			  });
	if (err)
		return err;
	if (text->len)
		memcpy(log->text + log->text_bytes, text->bytes, text->len);
	log->text[log->text_bytes + text->len] = '\0';
	log->text_bytes += text->len + 1;
	ring->text_left -= text->len;
	return NULL;
}

/* What was reserved has a text only if its writer began again, to go on with the line. */
static struct error *record_add_torn(struct ring *ring, const struct found *found,
				     const struct text *text, enum text_state state,
				     struct kernel_log *log)
{
	log->torn++;
	return state == TEXT_FOUND && text->len ? record_add(ring, found, text, log) : NULL;
}

static struct error *record_read(struct ring *ring, uint64_t id, struct kernel_log *log)
{
	struct text text = { 0 };
	enum text_state state;
	struct found found;
	bool there;
	struct error *err = record_find(ring, id, log, &found, &there);

	if (err || !there)
		return err;
	err = record_text(ring, &found, &text, &state);
	if (err)
		return err;
	if (found.state == STATE_RESERVED)
		return record_add_torn(ring, &found, &text, state, log);
	if (state == TEXT_FOUND)
		return record_add(ring, &found, &text, log);
	log->lost += state == TEXT_LOST;
	log->damaged += state == TEXT_DAMAGED;
	log->unreadable += state == TEXT_UNREADABLE;
	return NULL;
}

/* --- all of them -------------------------------------------------------------- */

/* Ids are meant to overflow: they are counted from the tail, and compared in no other way. */
static struct error *records_read(struct ring *ring, struct kernel_log *log)
{
	uint64_t slots = UINT64_C(1) << ring->count_bits;
	uint64_t last = (ring->head - ring->tail) & ID_MASK;

	if (last >= slots) { /* one of both is wrong: the newest are what matters */
		log->damaged++;
		ring->tail = (ring->head - (slots - 1)) & ID_MASK;
		last = slots - 1;
	}
	for (uint64_t i = 0; i <= last; i++) {
		struct error *err = record_read(ring, (ring->tail + i) & ID_MASK, log);

		if (err)
			return err;
	}
	return NULL;
}

static const char *nothing_read(const struct kernel_log *log)
{
	if (log->count)
		return NULL;
	if (log->unreadable)
		return "the records of its ring buffer are not in the dump";
	return log->damaged ? "its ring buffer is damaged" : NULL;
}

static struct error *log_read(struct ring *ring, const struct facts *facts, struct kernel_log *log)
{
	log->missing = fields_find(facts, ring->field);
	if (log->missing)
		return NULL;
	struct error *err = ring_open(ring, facts, &log->missing);
	if (err || log->missing)
		return err;
	err = records_read(ring, log);
	if (err)
		return err;
	log->missing = nothing_read(log);
	log->first_sequence = log->count ? log->records[0].sequence : 0;
	return NULL;
}

struct error *kernel_log_read(struct kmem *kmem, const struct facts *facts, struct kernel_log *ret)
{
	struct ring ring = { .kmem = kmem };

	*ret = (struct kernel_log){ 0 };
	struct error *err = log_read(&ring, facts, ret);
	ring_close(&ring);
	/* What is there of it are zeros, but for what else was read of these pages. */
	if (!err && ret->missing && kmem->walk.memory->distilled)
		ret->missing = "this dump was distilled without it";
	if (err)
		kernel_log_deinit(ret);
	return err ? error_context(err, "reading the kernel's log") : NULL;
}

void kernel_log_deinit(struct kernel_log *log)
{
	free(log->records);
	free(log->text);
	*log = (struct kernel_log){ 0 };
}
