-- A column of its own there: the map of all product columns is dear to put together.
{{ aws_line_items('aws_cur_legacy', 'product_product_name') }}
