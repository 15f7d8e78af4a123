; from a.b import c as d / import a.b / from __future__ import annotations
(import_statement) @import
(import_from_statement) @import
(future_import_statement) @import

; class C(B, table=True): ... / def f(): ... / @decorator above either
(class_definition) @class
(function_definition) @function
(decorated_definition) @decorated

; type X[T] = ...
(type_alias_statement) @type

; a: T = 1 / a = b = 1 / a += 1 / f(x)
(expression_statement) @expression

; if / match
(if_statement) @branch
(match_statement) @branch

; for / while
(for_statement) @loop
(while_statement) @loop

(with_statement) @with
(try_statement) @try

; return x / raise E from e / assert x / del x
(return_statement) @leave
(raise_statement) @leave
(assert_statement) @leave
(break_statement) @leave
(continue_statement) @leave
(delete_statement) @delete

; what could not be parsed
(ERROR) @error
