{{ aws_line_items(source('raw', 'aws_cur2'), map_value('product', 'product_name')) }}
