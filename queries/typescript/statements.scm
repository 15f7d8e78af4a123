; Compiled for the TypeScript and for the TSX grammar.

; import { a } from "m" / import x = require("m")
(import_statement) @import
; import A = ns.B
(import_alias) @import
; export { a } from "m" / export interface X {} / export default f
(export_statement) @export

(class_declaration) @class
(abstract_class_declaration) @class
(function_declaration) @function
(generator_function_declaration) @function
(function_signature) @function

; const a = 1, b: T = 2 / var a
(lexical_declaration) @variable
(variable_declaration) @variable

(interface_declaration) @type
(type_alias_declaration) @type
(enum_declaration) @type
(internal_module) @type
(module) @type
; declare global {} / declare const x: T
(ambient_declaration) @ambient

(expression_statement) @expression

(if_statement) @branch
(switch_statement) @branch
(for_statement) @loop
(for_in_statement) @loop
(while_statement) @loop
(do_statement) @loop
(try_statement) @try
(return_statement) @leave
(throw_statement) @leave
(statement_block) @block
(labeled_statement) @block

(ERROR) @error
