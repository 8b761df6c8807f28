# SPDX-License-Identifier: LGPL-2.1-or-later
"""A printk ring buffer, as a kernel of 5.10 or later has it in memory.

Linux kernel kernel/printk/printk_ringbuffer.h. Ids and positions begin just below where
they overflow, as the kernel's do.
"""
import struct

RESERVED, COMMITTED, FINALIZED, REUSABLE = range(4)
WORD = 8
DESC_SIZE = 24
IDS = (1 << 62) - 1
WORDS = (1 << 64) - 1
EMPTY, LOST = 3, 1  # both positions of a block that has no data
RING_SIZE = 88
TEXT_RING = 48

OFFSETS = {
    "printk_ringbuffer.desc_ring": 0, "printk_ringbuffer.text_data_ring": TEXT_RING,
    "prb_desc_ring.count_bits": 0, "prb_desc_ring.descs": 8, "prb_desc_ring.infos": 16,
    "prb_desc_ring.head_id": 24, "prb_desc_ring.tail_id": 32,
    "prb_data_ring.size_bits": 0, "prb_data_ring.data": 8,
    "prb_data_blk_lpos.begin": 0, "prb_data_blk_lpos.next": 8,
    "prb_desc.state_var": 0, "prb_desc.text_blk_lpos": 8,
    "printk_info.seq": 0, "printk_info.ts_nsec": 8, "printk_info.text_len": 16,
    "printk_info.caller_id": 20,
}


def vmcoreinfo(prb, info_size):
    """What VMCOREINFO says of a ring whose pointer is at @prb."""
    lines = [f"SYMBOL(prb)={prb:x}", f"SIZE(prb_desc)={DESC_SIZE}",
             f"SIZE(printk_info)={info_size}"]
    return lines + [f"OFFSET({name})={value}" for name, value in OFFSETS.items()]


class Ring:
    """Grows as the kernel's does, but never overwrites: what is too much is an error."""

    def __init__(self, order, info_size, count_bits, size_bits, begun=0):
        """@begun bytes of text came before, and are gone."""
        self.order, self.info_size = order, info_size
        self.count_bits, self.size_bits = count_bits, size_bits
        self.descs = bytearray(DESC_SIZE << count_bits)
        self.infos = bytearray(info_size << count_bits)
        self.data = bytearray(1 << size_bits)
        self.tail = self.head = -(1 << count_bits) - 1 & IDS
        self.position = begun - (1 << size_bits) & WORDS
        self.used = 0
        self.put_desc(self.tail, REUSABLE, LOST, LOST)

    def put(self, where, at, form, *values):
        struct.pack_into(self.order + form, where, at, *values)

    def slot(self, identity):
        return identity & (1 << self.count_bits) - 1

    def put_desc(self, identity, state, begin, after):
        self.put(self.descs, self.slot(identity) * DESC_SIZE, "3Q", state << 62 | identity, begin,
                 after)

    def put_block(self, identity, text):
        """Its positions."""
        size, room = len(self.data), WORD + (len(text) + WORD - 1) // WORD * WORD
        begin, at = self.position, self.position % size
        if at + room > size:  # only its id is at the end
            self.put(self.data, at, "Q", identity)
            self.used += size - at
            self.position, at = begin - at + size, 0
        self.put(self.data, at, "Q", identity)
        self.data[at + WORD:at + WORD + len(text)] = text
        self.used += room
        assert self.used <= size, "more text than the ring takes"
        self.position = self.position + room & WORDS
        return begin, self.position

    def add(self, text, level=6, time_ns=0, caller=0, state=FINALIZED, lost=False):
        self.head = self.head + 1 & IDS
        number = self.head - self.tail - 1 & IDS
        assert number < 1 << self.count_bits, "more records than the ring takes"
        begin, after = (LOST, LOST) if lost else (EMPTY, EMPTY)
        if text and not lost:
            begin, after = self.put_block(self.head, text)
        self.put_desc(self.head, state, begin, after)
        flags = level << 5 if self.order == "<" else level
        self.put(self.infos, self.slot(self.head) * self.info_size, "QQHBBI", number, time_ns,
                 len(text), 0, flags, caller)

    def memory(self, start):
        """The bytes from @start on: the pointer, the ring, its arrays."""
        descs = start + WORD + RING_SIZE
        infos = descs + len(self.descs)
        data = infos + len(self.infos)
        head = struct.pack(self.order + "QIIQQQQQ", start + WORD, self.count_bits, 0, descs,
                           infos, self.head, self.tail, 0)
        head += struct.pack(self.order + "IIQQQQ", self.size_bits, 0, data, self.position, 0, 0)
        return head + self.descs + self.infos + self.data
