/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Units of a stand-in program that refer to each other, as link-time optimisation and dwz
 * make them: by offsets in all of .debug_info. To be linked first: read as if they counted
 * from the referring unit, they would lead to entries that look as good. DWARF 4; names of
 * types are short, since longer ones would be in .debug_str.
 */
	.text
	.globl refers_elsewhere
	.type refers_elsewhere, %function
refers_elsewhere:
	.8byte 0
	.globl imports_elsewhere
	.type imports_elsewhere, %function
imports_elsewhere:
	.8byte 0

	.section .debug_abbrev, "", %progbits
.Labbrevs:
	.uleb128 1, 0x11		/* compile unit */
	.byte 1				/* has children */
	.uleb128 0x03, 0x08		/* name: string */
	.uleb128 0, 0
	.uleb128 2, 0x13		/* structure */
	.byte 1
	.uleb128 0x03, 0x08
	.uleb128 0x0b, 0x0b		/* byte size: data1 */
	.uleb128 0, 0
	.uleb128 3, 0x0d		/* member */
	.byte 0
	.uleb128 0x03, 0x08
	.uleb128 0x38, 0x0b		/* location: data1 */
	.uleb128 0, 0
	.uleb128 4, 0x0d		/* member with a type of another unit */
	.byte 0
	.uleb128 0x03, 0x08
	.uleb128 0x38, 0x0b
	.uleb128 0x49, 0x10		/* type: ref_addr */
	.uleb128 0, 0
	.uleb128 5, 0x3d		/* imported unit */
	.byte 0
	.uleb128 0x18, 0x10		/* import: ref_addr */
	.uleb128 0, 0
	.uleb128 6, 0x3d
	.byte 0
	.uleb128 0x18, 0x13		/* import: ref4, so of the unit itself */
	.uleb128 0, 0
	.uleb128 7, 0x24		/* base type */
	.byte 0
	.uleb128 0x03, 0x08
	.uleb128 0x0b, 0x0b
	.uleb128 0, 0
	.uleb128 8, 0x0d		/* bit field with a type of another unit */
	.byte 0
	.uleb128 0x03, 0x08
	.uleb128 0x6b, 0x0b		/* bit offset: data1 */
	.uleb128 0x49, 0x10
	.uleb128 0, 0
	.uleb128 0

	.macro unit name
	.section .debug_info, "", %progbits
.Lheader_\name:
	.4byte .Lend_\name - .Lversion_\name
.Lversion_\name:
	.2byte 4
	.4byte .Labbrevs
	.byte 8
.Lunit_\name:
	.uleb128 1
	.asciz "\name"
	.endm

	.macro end_unit name
	.uleb128 0
.Lend_\name:
	.endm

	.macro begin_struct name, size
	.uleb128 2
	.asciz "\name"
	.byte \size
	.endm

	.macro member name, at
	.uleb128 3
	.asciz "\name"
	.byte \at
	.endm

	.macro end_struct
	.uleb128 0
	.endm

	.macro range_of unit, symbol
	.section .debug_aranges, "", %progbits
	.4byte 44
	.2byte 2
	.4byte .Lheader_\unit
	.byte 8, 0
	.4byte 0
	.8byte \symbol, 8
	.8byte 0, 0
	.endm

	unit one
.Ltucked:
	begin_struct tucked, 24
	member last, 16
	end_struct
	begin_struct import, 8
	end_struct
.Lint:
	.uleb128 7
	.asciz "int"
	.byte 4
	end_unit one

	/* Its first structure lies where unit one has its own. */
	unit two
	begin_struct astray, 40
	member last, 32
	end_struct
	begin_struct refers, 72
	.uleb128 4
	.asciz "away"
	.byte 48
	.4byte .Ltucked
	.uleb128 8
	.asciz "bits"
	.byte 45
	.4byte .Lint
	end_struct
	end_unit two

	unit six
	.uleb128 6
	.4byte .Lunit_six - .Lheader_six
	.uleb128 5
	.4byte .Lunit_ten
	end_unit six

	unit ten
	begin_struct import, 32
	end_struct
	end_unit ten

	range_of two, refers_elsewhere
	range_of six, imports_elsewhere

	.section .note.GNU-stack, "", %progbits
